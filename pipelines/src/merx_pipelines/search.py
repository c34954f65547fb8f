"""The pipeline `search`: the catalogue to an index, checked, registered and put into service by its alias."""

from kfp import dsl

from merx_pipelines.components import registry
from merx_pipelines.components import search as components


@dsl.pipeline(name="search", description="Builds, checks, registers and promotes the search index.")
def search(profile: str = "quick", drawn: bool = False, seed: int = 0) -> None:
    catalogue = components.read_catalogue().outputs["catalogue"]
    texts = components.encode_texts(catalogue=catalogue, profile=profile, seed=seed).outputs["texts"]
    read = components.read_pictures(catalogue=catalogue, texts=texts, profile=profile, drawn=drawn, seed=seed)
    pictures = read.outputs["pictures"]
    judgements = components.read_judgements().outputs["judgements"]
    parts = {"catalogue": catalogue, "texts": texts}
    learned = {"pictures": pictures, "judgements": judgements}
    index = components.build_index(**parts, **learned, profile=profile, seed=seed).outputs["index"]
    check = components.check_index(**parts, index=index, seed=seed)
    with dsl.If(check.outputs["Output"] == True, name="passed"):  # noqa: E712 - KFP builds the condition of it
        registered = components.register_index(texts=texts, **learned, index=index, check=check.outputs["check"])
        registry.promote(name="search", version=registered.outputs["Output"])
