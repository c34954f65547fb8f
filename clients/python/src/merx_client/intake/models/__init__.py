"""Contains all the data models used in inputs/outputs"""

from .channel import Channel
from .competitor_price_batch import CompetitorPriceBatch
from .competitor_price_batch_prices_item_type_1 import CompetitorPriceBatchPricesItemType1
from .competitor_price_entry import CompetitorPriceEntry
from .cost_batch import CostBatch
from .cost_batch_costs_item_type_1 import CostBatchCostsItemType1
from .cost_entry import CostEntry
from .event import Event
from .event_batch import EventBatch
from .event_batch_events_item_type_3 import EventBatchEventsItemType3
from .event_envelope import EventEnvelope
from .event_envelope_data import EventEnvelopeData
from .event_envelope_specversion import EventEnvelopeSpecversion
from .event_envelope_type import EventEnvelopeType
from .event_properties import EventProperties
from .event_type import EventType
from .ga_4_payload import Ga4Payload
from .ga_4_payload_events_item import Ga4PayloadEventsItem
from .import_job import ImportJob
from .import_job_report_type_0 import ImportJobReportType0
from .import_page import ImportPage
from .import_state import ImportState
from .line import Line
from .money import Money
from .post_competitor_prices_batch_body_type_1_item_type_1 import PostCompetitorPricesBatchBodyType1ItemType1
from .post_costs_batch_body_type_1_item_type_1 import PostCostsBatchBodyType1ItemType1
from .post_events_body_type_6_item_type_3 import PostEventsBodyType6ItemType3
from .post_products_batch_body_type_1_item_type_1 import PostProductsBatchBodyType1ItemType1
from .post_stock_batch_body_type_1_item_type_1 import PostStockBatchBodyType1ItemType1
from .product import Product
from .product_attributes import ProductAttributes
from .product_batch import ProductBatch
from .product_batch_products_item_type_1 import ProductBatchProductsItemType1
from .remark import Remark
from .segment_batch import SegmentBatch
from .segment_batch_batch_item_type_1 import SegmentBatchBatchItemType1
from .segment_call import SegmentCall
from .segment_call_properties import SegmentCallProperties
from .segment_call_type import SegmentCallType
from .status import Status
from .stock_batch import StockBatch
from .stock_batch_levels_item_type_1 import StockBatchLevelsItemType1
from .stock_entry import StockEntry
from .verdict import Verdict
from .verdicts import Verdicts

__all__ = (
    "Channel",
    "CompetitorPriceBatch",
    "CompetitorPriceBatchPricesItemType1",
    "CompetitorPriceEntry",
    "CostBatch",
    "CostBatchCostsItemType1",
    "CostEntry",
    "Event",
    "EventBatch",
    "EventBatchEventsItemType3",
    "EventEnvelope",
    "EventEnvelopeData",
    "EventEnvelopeSpecversion",
    "EventEnvelopeType",
    "EventProperties",
    "EventType",
    "Ga4Payload",
    "Ga4PayloadEventsItem",
    "ImportJob",
    "ImportJobReportType0",
    "ImportPage",
    "ImportState",
    "Line",
    "Money",
    "PostCompetitorPricesBatchBodyType1ItemType1",
    "PostCostsBatchBodyType1ItemType1",
    "PostEventsBodyType6ItemType3",
    "PostProductsBatchBodyType1ItemType1",
    "PostStockBatchBodyType1ItemType1",
    "Product",
    "ProductAttributes",
    "ProductBatch",
    "ProductBatchProductsItemType1",
    "Remark",
    "SegmentBatch",
    "SegmentBatchBatchItemType1",
    "SegmentCall",
    "SegmentCallProperties",
    "SegmentCallType",
    "Status",
    "StockBatch",
    "StockBatchLevelsItemType1",
    "StockEntry",
    "Verdict",
    "Verdicts",
)
