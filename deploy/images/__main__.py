"""`python -m deploy.images [NAME ...]` builds the images and tells their sizes."""

import argparse
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from deploy.images.builder import CannotBuild, Commit, Recipe, build, program, save
from deploy.images.catalogue import IMAGES, ROOT


def arguments(words: list[str]) -> argparse.Namespace:
    known = argparse.ArgumentParser(prog="python -m deploy.images", description=__doc__)
    known.add_argument("names", nargs="*", metavar="NAME", help="of an image; all where none is named")
    known.add_argument("--base", default="", help="image with Python 3.11")
    known.add_argument("--builder", default="", help="image with the same Python, venv and a shell")
    known.add_argument("--registry", default="", help="what comes before merx/NAME")
    known.add_argument("--sboms", type=Path, default=ROOT / "dist" / "images", help="folder of bills of materials")
    known.add_argument("--save", type=Path, help="folder of archives")
    known.add_argument("--no-cache", action="store_true", dest="fresh", help="leave earlier builds aside")
    known.add_argument("--verbose", action="store_true", help="show what the builder says")
    asked = known.parse_args(words)
    if strange := set(asked.names) - {image.name for image in IMAGES}:
        known.error(f"there is no image {', '.join(sorted(strange))}")
    return asked


def main(words: list[str]) -> int:
    asked, console = arguments(words), Console()
    table = Table("image", "MB", "packages", "seconds", "image id")
    try:
        recipe = Recipe(
            Commit.last(),
            base=asked.base,
            builder=asked.builder,
            registry=asked.registry,
            program=program(),
            fresh=asked.fresh,
        )
        for image in IMAGES:
            if asked.names and image.name not in asked.names:
                continue
            began = time.monotonic()
            with console.status(f"building {image.repository}"):
                built = build(recipe, image, sboms=asked.sboms, verbose=asked.verbose)
                seconds = f"{time.monotonic() - began:.0f}"
                if asked.save:
                    save(recipe, built, asked.save)
            table.add_row(
                built.reference, f"{built.size_bytes / 1e6:.0f}", str(built.packages), seconds, built.digest[:12]
            )
    except CannotBuild as refused:
        console.print(str(refused), markup=False, highlight=False)
        return 1
    console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
