"""What is searched: texts in fields, one row each; rows are never used twice, so a deleted product cannot come back."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from merx_core.catalogue import Product
from merx_models.words.analysis import Analysis, analyse, normalise

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]
TITLE = "title"
FILE = "documents.jsonl"


@dataclass(frozen=True, slots=True)
class Document:
    """An id and its texts by field; the field "title" is what a shopper reads first."""

    doc_id: str
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        """All fields, the title first: what the sentence encoder reads."""
        return " ".join([self.fields.get(TITLE, ""), *(text for name, text in self.fields.items() if name != TITLE)])


@dataclass(frozen=True, slots=True)
class Facts:
    """What the fusion compares a query with. `title` is the normalised title, the others are terms of all fields."""

    title: str
    title_terms: tuple[str, ...]
    models: tuple[str, ...]
    sizes: tuple[str, ...]
    length: int


def document_of(product: Product) -> Document:
    """The searched fields of a catalogue product."""
    texts = {
        TITLE: product.title,
        "brand": product.brand,
        "category": " ".join(product.category),
        "attributes": " ".join(product.attributes.values()),
        "description": product.description,
    }
    return Document(product.product_id, {name: text for name, text in texts.items() if text})


@dataclass(frozen=True, slots=True)
class AnalysedDocument:
    """Terms by field, the words as written (for spelling), and the facts."""

    terms: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]
    facts: Facts


def analyse_document(document: Document, read: Callable[[str], Analysis] = analyse) -> AnalysedDocument:
    """Every field through the one analysis; `read` may remember the texts that it saw."""
    parts = {name: read(text) for name, text in document.fields.items()}
    title = parts.get(TITLE) or read("")
    facts = Facts(
        title=normalise(document.fields.get(TITLE, "")),
        title_terms=title.terms,
        models=tuple(dict.fromkeys(model for part in parts.values() for model in part.models)),
        sizes=tuple(dict.fromkeys(size for part in parts.values() for size in part.sizes)),
        length=sum(len(part.terms) for part in parts.values()),
    )
    words = tuple(word for part in parts.values() for word in part.words)
    return AnalysedDocument({name: part.terms for name, part in parts.items()}, words, facts)


@dataclass(slots=True)
class DocumentTable:
    """Ids and facts by row; an upsert takes a new row and kills the old one."""

    ids: list[str] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Rows ever given, the dead included."""
        return len(self.ids)

    def put(self, doc_id: str, facts: Facts) -> tuple[int, int | None]:
        """The new row of a document, and the one that it leaves (None where it is new)."""
        left = self.row_of.get(doc_id)
        row = len(self.ids)
        self.ids.append(doc_id)
        self.facts.append(facts)
        self.row_of[doc_id] = row
        return row, left

    def drop(self, doc_id: str) -> int | None:
        """The row that a deleted document leaves; None where it was not there."""
        return self.row_of.pop(doc_id, None)

    def alive(self) -> Mask:
        """bool[rows]: which rows are documents now."""
        found = np.zeros(len(self.ids), bool)
        found[list(self.row_of.values())] = True
        return found

    def names(self, rows: Iterable[int] | Rows) -> list[str]:
        return [self.ids[row] for row in rows]

    def save(self, folder: Path) -> None:
        """One line for each row; a dead row keeps its place, without an id that could be found."""
        folder.mkdir(parents=True, exist_ok=True)
        alive = set(self.row_of.values())
        with (folder / FILE).open("w") as lines:
            for row, (doc_id, facts) in enumerate(zip(self.ids, self.facts, strict=True)):
                values = [facts.title, facts.title_terms, facts.models, facts.sizes, facts.length]
                lines.write(json.dumps([doc_id if row in alive else None, *values], ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Path) -> "DocumentTable":
        table = cls()
        with (folder / FILE).open() as lines:
            for row, line in enumerate(lines):
                doc_id, title, terms, models, sizes, length = json.loads(line)
                table.ids.append(doc_id or "")
                table.facts.append(Facts(title, tuple(terms), tuple(models), tuple(sizes), length))
                if doc_id is not None:
                    table.row_of[doc_id] = row
        return table


def weighted_terms(terms: Mapping[str, Sequence[str]], weights: Mapping[str, int]) -> list[str]:
    """Terms of all fields in one list, each as often as its field weighs (1 where no weight is named).

    Counting a term several times before BM25 saturates it is how fields are weighed in BM25F (Robertson, Zaragoza &
    Taylor 2004): a word in the title and the text is not two independent finds.
    """
    return [term for name, found in terms.items() for term in found for _ in range(weights.get(name, 1))]
