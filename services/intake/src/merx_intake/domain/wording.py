"""What is said of a record that breaks a rule; the rules' names are those of the importers' reports."""

from merx_kit.importers.values import CURRENCIES

_SENTENCES = {
    "bad_characters": "An id must not hold the character NUL.",
    "bad_price": "This is not a whole number of minor units, or not a decimal amount where the shape asks for one.",
    "bad_quantity": "A quantity is a whole number.",
    "bad_stock": "A stock is a whole number.",
    "bad_time": "This is not a time in ISO 8601, such as 2026-11-24T09:30:00Z (GA4: microseconds since 1970).",
    "negative_price": "An amount of money must not be negative.",
    "negative_stock": "A stock must not be negative.",
    "no_currency": "The amount names no currency, such as EUR.",
    "no_id": "The product has no id.",
    "no_message_id": "The event has no message_id; by it a repeat is known as one.",
    "no_product": "No product is named: product_id is absent or empty.",
    "no_shopper": "The event names no shopper: send customer_id, anonymous_id or both.",
    "no_source": "A CloudEvent names its source.",
    "no_title": "The product has no title.",
    "no_valid_lines": "An event of this type needs at least one line with a product.",
    "not_commerce": "This is no e-commerce event that Merx knows.",
    "not_held": "The database cannot hold this record.",
    "id_mismatch": "The product's id is not the one in the path.",
    "no_stock": "A stock level tells stock, in_stock or both.",
    "price_not_positive": "A competitor's price is above 0; where none was found, send nothing.",
    "quantity_not_positive": "A quantity is at least 1.",
    "too_long": "Ids have at most 256 characters, product ids 128, titles 1000.",
    "unknown_currency": f"The currency is none of the {len(CURRENCIES)} of ISO 4217 in circulation, such as EUR.",
    "unknown_event": "Merx knows no event of this type, or no such channel.",
    "wrong_shape": "A record is a JSON object in the shape of Merx, CloudEvents, GA4 or Segment.",
}
REUSED = "The id was used before with another body; the first one stays. Give a new event a new id."


def sentence(rule: str) -> str:
    """What is wrong, for people; the rule's own name where there is nothing better to say."""
    return _SENTENCES.get(rule, rule)
