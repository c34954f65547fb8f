from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.import_state import ImportState, check_import_state
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.import_job_report_type_0 import ImportJobReportType0


T = TypeVar("T", bound="ImportJob")


@_attrs_define
class ImportJob:
    """An uploaded file on its way into the log. `records` counts those written or found there so far."""

    id: str
    state: ImportState
    file_name: str
    bytes_: int
    created: datetime.datetime
    started: datetime.datetime | None | Unset = UNSET
    ended: datetime.datetime | None | Unset = UNSET
    records: int | Unset = 0
    error: str | Unset = ""
    report: ImportJobReportType0 | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.import_job_report_type_0 import ImportJobReportType0  # noqa: PLC0415

        id = self.id

        state: str = self.state

        file_name = self.file_name

        bytes_ = self.bytes_

        created = self.created.isoformat()

        started: None | str | Unset
        if isinstance(self.started, Unset):
            started = UNSET
        elif isinstance(self.started, datetime.datetime):
            started = self.started.isoformat()
        else:
            started = self.started

        ended: None | str | Unset
        if isinstance(self.ended, Unset):
            ended = UNSET
        elif isinstance(self.ended, datetime.datetime):
            ended = self.ended.isoformat()
        else:
            ended = self.ended

        records = self.records

        error = self.error

        report: dict[str, Any] | None | Unset
        if isinstance(self.report, Unset):
            report = UNSET
        elif isinstance(self.report, ImportJobReportType0):
            report = self.report.to_dict()
        else:
            report = self.report

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "state": state,
                "file_name": file_name,
                "bytes": bytes_,
                "created": created,
            }
        )
        if started is not UNSET:
            field_dict["started"] = started
        if ended is not UNSET:
            field_dict["ended"] = ended
        if records is not UNSET:
            field_dict["records"] = records
        if error is not UNSET:
            field_dict["error"] = error
        if report is not UNSET:
            field_dict["report"] = report

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.import_job_report_type_0 import ImportJobReportType0  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        state = check_import_state(d.pop("state"))

        file_name = d.pop("file_name")

        bytes_ = d.pop("bytes")

        created = datetime.datetime.fromisoformat(d.pop("created"))

        def _parse_started(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                started_type_0 = datetime.datetime.fromisoformat(data)

                return started_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        started = _parse_started(d.pop("started", UNSET))

        def _parse_ended(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_type_0 = datetime.datetime.fromisoformat(data)

                return ended_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        ended = _parse_ended(d.pop("ended", UNSET))

        records = d.pop("records", UNSET)

        error = d.pop("error", UNSET)

        def _parse_report(data: object) -> ImportJobReportType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                report_type_0 = ImportJobReportType0.from_dict(data)

                return report_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(ImportJobReportType0 | None | Unset, data)

        report = _parse_report(d.pop("report", UNSET))

        import_job = cls(
            id=id,
            state=state,
            file_name=file_name,
            bytes_=bytes_,
            created=created,
            started=started,
            ended=ended,
            records=records,
            error=error,
            report=report,
        )

        import_job.additional_properties = d
        return import_job

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
