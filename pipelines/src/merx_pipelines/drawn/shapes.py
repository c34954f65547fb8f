"""All shapes by name: how each is drawn, how wide it stands, and which of a look's colours is its main one."""

from collections.abc import Callable
from typing import NamedTuple

from merx_pipelines.drawn import containers as c
from merx_pipelines.drawn import counter, fresh
from merx_pipelines.drawn import packs as p
from merx_pipelines.drawn import things as t
from merx_pipelines.drawn import wrapped as w
from merx_pipelines.drawn.look import Look
from merx_pipelines.drawn.sheet import Sheet

Draw = Callable[[Sheet, Look], None]


class Shape(NamedTuple):
    """`foot` is half the width on the table; `main` is "body", "tint" or the name of a colour it always has."""

    draw: Draw
    foot: float
    main: str


def _all(foot: float, main: str, **draws: Draw) -> dict[str, Shape]:
    return {name: Shape(draw, foot, main) for name, draw in draws.items()}


SHAPES: dict[str, Shape] = {
    **_all(17, "tint", bottle=c.bottle, sports_bottle=c.sports_bottle, dish_soap=c.dish_soap, squeeze=c.squeeze),
    **_all(18, "tint", spray=c.spray, glass_bottle=c.glass_bottle, sauce_bottle=c.sauce_bottle, spice=c.spice),
    **_all(28, "tint", jug=c.jug, jar=c.jar, candle=c.candle, cups=c.cups),
    **_all(14, "white", water_bottle=c.water_bottle),
    **_all(12, "black", wine_bottle=c.wine_bottle),
    **_all(20, "yellow", oil_bottle=c.oil_bottle),
    **_all(30, "body", detergent=c.detergent, tub=c.tub, ice_tub=c.ice_tub, coffee_can=c.coffee_can),
    **_all(24, "white", bleach=c.bleach, pills=c.pills, cup=c.cup),
    **_all(23, "body", can=c.can, drink_can=c.drink_can, yogurt=c.yogurt, canister=c.canister),
    **_all(18, "body", aerosol=c.aerosol, stick=c.stick, tube_dough=w.tube_dough, packet=w.packet, gum=w.gum),
    **_all(36, "body", can_pack=c.can_pack, cup_pack=c.cup_pack, flat_can=c.flat_can),
    **_all(34, "body", box=p.carton_box, meal_box=p.flat_box, pizza=p.pizza, long_box=p.long_box, brick=p.brick),
    **_all(30, "body", tissue_box=p.tissue_box, cigarettes=p.cigarettes, carton=p.carton, juice_box=p.juice_box),
    **_all(34, "body", bag=w.bag, pouch=w.pouch, sack=w.sack, cheese_bag=w.cheese_bag, bread_bag=w.bread_bag),
    **_all(30, "body", pasta_bag=w.pasta_bag),
    **_all(0, "body", chub=w.chub, candy_bar=w.candy_bar, tube=w.tube, gift_card=p.gift_card),
    **_all(40, "body", cheese_slices=w.slices, deli_pack=w.vacuum, bacon=w.bacon, hot_dogs=w.hot_dogs),
    **_all(40, "grey", egg_carton=w.egg_carton),
    **_all(38, "body", roll_pack=w.roll_pack),
    **_all(34, "white", ice_bag=w.ice_bag, newspaper=t.newspaper, plates=t.plates),
    **_all(32, "green", salad_bag=w.salad_bag, plant=t.plant),
    **_all(28, "body", magazine=t.magazine, blister=t.blister, makeup=t.makeup),
    **_all(26, "tint", card=t.card, flowers=t.flowers, toy=t.toy, fuel=t.fuel),
    **_all(0, "tint", balloon=t.balloon, clothing=t.clothing),
    **_all(30, "black", battery=t.battery, tool=t.tool),
    **_all(12, "white", bulb=t.bulb),
    **_all(38, "tint", **fresh.SHAPES, **counter.SHAPES),
}
