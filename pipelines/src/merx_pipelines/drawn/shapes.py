"""All shapes by name: how each is drawn, how wide it stands, and which of a look's colours is its main one."""

from collections.abc import Callable
from typing import NamedTuple

from merx_pipelines.drawn import containers, fresh, packs, things
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.sheet import Sheet


class Shape(NamedTuple):
    """`foot` is half the width on the table; `main` is "body", "tint" or the name of a colour it always has."""

    draw: Callable[[Sheet, Look], None]
    foot: float
    main: str


def _all(foot: float, main: str, **draws: Callable[[Sheet, Look], None]) -> dict[str, Shape]:
    return {name: Shape(draw, foot, main) for name, draw in draws.items()}


c, p, t = containers, packs, things
SHAPES: dict[str, Shape] = {
    **_all(17, "tint", bottle=c.bottle, sports_bottle=c.sports_bottle, dish_soap=c.dish_soap, squeeze=c.squeeze, spray=c.spray),
    **_all(14, "blue", water_bottle=c.water_bottle),
    **_all(14, "tint", glass_bottle=c.glass_bottle, sauce_bottle=c.sauce_bottle, spice=c.spice),
    **_all(12, "black", wine_bottle=c.wine_bottle),
    **_all(28, "tint", jug=c.jug, jar=c.jar, candle=c.candle),
    **_all(20, "yellow", oil_bottle=c.oil_bottle),
    **_all(30, "body", detergent=c.detergent, tub=c.tub, ice_tub=c.ice_tub, coffee_can=c.coffee_can),
    **_all(24, "white", bleach=c.bleach, pills=c.pills, cup=c.cup),
    **_all(23, "body", can=c.can, drink_can=c.drink_can, yogurt=c.yogurt, canister=c.canister, aerosol=c.aerosol, stick=c.stick),
    **_all(36, "body", flat_can=c.flat_can, can_pack=c.can_pack, cup_pack=c.cup_pack),
    **_all(20, "tint", cups=c.cups),
    **_all(34, "body", box=p.carton_box, meal_box=p.flat_box, pizza=p.pizza, long_box=p.long_box, brick=p.brick, tissue_box=p.tissue_box),
    **_all(26, "body", cigarettes=p.cigarettes, carton=p.carton, juice_box=p.juice_box, packet=p.packet, tube_dough=p.tube_dough, gum=p.gum),
    **_all(34, "body", bag=p.bag, pouch=p.pouch, sack=p.sack, cheese_bag=p.cheese_bag, bread_bag=p.bread_bag, pasta_bag=p.pasta_bag),
    **_all(0, "body", chub=p.chub, candy_bar=p.candy_bar, tube=p.tube, gift_card=p.gift_card),
    **_all(40, "body", cheese_slices=p.slices, deli_pack=p.vacuum, bacon=p.bacon, hot_dogs=p.hot_dogs),
    **_all(40, "grey", egg_carton=p.egg_carton), **_all(38, "white", roll_pack=p.roll_pack),
    **_all(34, "blue", ice_bag=p.ice_bag), **_all(32, "green", salad_bag=p.salad_bag), **_all(30, "tint", clear_cup=p.clear_cup),
    **_all(28, "body", magazine=t.magazine, toothbrush=t.toothbrush, makeup=t.makeup),
    **_all(34, "white", newspaper=t.newspaper, plates=t.plates),
    **_all(26, "tint", card=t.card, flowers=t.flowers, toy=t.toy, fuel=t.fuel), **_all(18, "green", plant=t.plant),
    **_all(0, "tint", balloon=t.balloon, clothing=t.clothing), **_all(30, "black", battery=t.battery, tool=t.tool),
    **_all(12, "white", bulb=t.bulb),
    **{name: Shape(draw, 38, "tint") for name, draw in fresh.SHAPES.items()},
}  # fmt: skip
