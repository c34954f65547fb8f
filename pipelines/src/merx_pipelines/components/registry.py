"""Components on registered models, whatever they are of."""

from kfp import dsl

from merx_pipelines.components import IMAGE


@dsl.component(base_image=IMAGE, install_kfp_package=False)
def promote(name: str, version: str) -> bool:
    from merx_pipelines import progress
    from merx_pipelines.steps import promote

    done = promote.run(name, version)
    progress.report("promote", "champion" if done else "stays challenger until a person promotes it")
    return done
