"""How each material looks in other people's tools: a colour, a surface, a light, a block.

Colours are sRGB as an editor shows them. Blocks are those of Minecraft 1.20; each material has one of its own, so that a
schematic can be counted back. Where a body passes or climbs, the block lets it pass or climb too.
"""

from __future__ import annotations

from typing import NamedTuple

from ..codes import Material


class Look(NamedTuple):
    """One material elsewhere. roughness, metal, alpha and glow lie in 0..1; glow is the light that it gives."""

    colour: tuple[int, int, int]
    block: str
    roughness: float = 0.9
    metal: float = 0.0
    alpha: float = 1.0
    glow: float = 0.0


BARS = "minecraft:iron_bars[east=false,north=false,south=false,waterlogged=false,west=false]"
M = Material
GATE = "minecraft:dark_oak_fence_gate[facing=north,in_wall=false,open=true,powered=false]"
LOOKS: dict[Material, Look] = {
    M.SHELL: Look((92, 94, 96), "minecraft:gray_concrete"),
    M.PILLAR: Look((112, 111, 108), "minecraft:light_gray_concrete"),
    M.SLAB: Look((132, 130, 125), "minecraft:smooth_stone"),
    M.WALL: Look((148, 145, 138), "minecraft:stone_bricks"),
    M.GIRDER: Look((86, 74, 66), "minecraft:iron_block", 0.6, 0.7),
    M.CATWALK: Look((104, 92, 80), "minecraft:polished_andesite", 0.6, 0.6),
    M.STAIR: Look((138, 134, 126), "minecraft:andesite"),
    M.LADDER: Look((120, 100, 78), "minecraft:ladder[facing=north,waterlogged=false]", 0.6, 0.6),
    M.DOOR: Look((70, 60, 52), GATE, 0.7, 0.3),
    M.GLASS: Look((96, 122, 130), "minecraft:gray_stained_glass", 0.1, 0.0, 0.4),
    M.LAMP: Look((255, 236, 200), "minecraft:sea_lantern", 0.5, glow=1.0),
    M.PIPE: Look((112, 86, 70), "minecraft:waxed_exposed_copper", 0.5, 0.6),
    M.CONDUIT: Look((66, 70, 78), "minecraft:polished_deepslate", 0.6, 0.4),
    M.TERMINAL: Look((120, 220, 210), "minecraft:verdant_froglight", 0.4, glow=0.6),
    M.SAFEGUARD: Look((214, 58, 44), "minecraft:redstone_block", 0.5, glow=0.7),
    M.SEED: Look((196, 188, 150), "minecraft:shroomlight", 0.6, glow=0.2),
    M.PLANT: Look((236, 150, 74), "minecraft:ochre_froglight", 0.6, glow=0.4),
    M.RUBBLE: Look((98, 92, 86), "minecraft:cobblestone"),
    M.CLADDING: Look((124, 122, 118), "minecraft:polished_diorite"),
    M.FLESH: Look((132, 64, 60), "minecraft:nether_wart_block", 0.7),
    M.RAIL: Look((82, 80, 80), BARS, 0.6, 0.6),
    M.GATE: Look((76, 78, 84), "minecraft:polished_blackstone", 0.5, 0.6),
    M.CABLE: Look((48, 46, 46), "minecraft:black_concrete", 0.8),
    M.HABITAT: Look((150, 128, 100), "minecraft:brown_terracotta"),
    M.BARRICADE: Look((110, 92, 70), "minecraft:dark_oak_planks"),
}  # fmt: skip
AIR = "minecraft:air"


def linear(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """An sRGB colour as the light that it means, each part in 0..1."""
    r, g, b = (round(s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4, 4) for s in (c / 255 for c in colour))
    return r, g, b


__all__ = ["AIR", "LOOKS", "Look", "linear"]
