"""For who pays: GPUs, power, carbon and euros, as they run now. The ledger keeps the books."""

from deploy.observability.panels import HERE, Board, Panel
from merx_kit.energy import EnergySettings

TARGET = 0.78
GRAMS_PER_KWH = float(EnergySettings.model_fields["grams_per_kwh"].default)
CPU, GPU = (f"sum by (job) (merx:power_watts:{part}{{{HERE}}})" for part in ("cpu", "gpu"))
POWER = f"({CPU} + ({GPU} or 0 * {CPU}))"
JOULES_PER_KWH = "3.6e6"

GPU_ENERGY = Board(
    uid="merx-gpu-energy",
    title="Merx / GPU and energy",
    description="Utilisation against the target of 78 %, power by service, energy and carbon for 1,000 calls, cost.",
    numbers={
        "euro_per_gpu_hour": ("Euro for a GPU-hour", 0.0),
        "grams_per_kwh": ("g CO2e per kWh", GRAMS_PER_KWH),
    },
    rows={
        "GPUs": (
            Panel(
                title="Utilisation, weighted by requests",
                unit="percentunit",
                limit=TARGET,
                description="A GPU counts by the requests that its pod answers. The line is the scaler's target.",
                queries=[(f"merx:gpu_utilisation:request_weighted{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Utilisation of each GPU",
                unit="percentunit",
                queries=[('merx:gpu_device_busy:ratio{namespace="$namespace"}', "{{pod}} {{UUID}} {{GPU_I_ID}}")],
            ),
            Panel(
                title="GPUs held",
                unit="short",
                stacked=True,
                description="A GPU that several pods share, or of which they hold slices, counts by its share.",
                queries=[(f"merx:gpu_devices:count{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Queue pressure",
                unit="percentunit",
                limit=1,
                width=12,
                queries=[(f"merx:queue_pressure{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="GPU memory in use",
                unit="decmbytes",
                width=12,
                queries=[
                    (
                        'max by (exported_pod, pod, UUID) (DCGM_FI_DEV_FB_USED{exported_namespace="$namespace"} '
                        'or DCGM_FI_DEV_FB_USED{namespace="$namespace"})',
                        "{{exported_pod}} {{pod}} {{UUID}}",
                    )
                ],
            ),
        ),
        "Energy": (
            Panel(
                title="Power",
                unit="watt",
                stacked=True,
                description="measured: DCGM, Kepler. estimated: processor seconds times 3.5 W.",
                queries=[
                    (f"merx:power_watts:gpu{{{HERE}}}", "{{job}} GPU, {{basis}}"),
                    (f"merx:power_watts:cpu{{{HERE}}}", "{{job}} processor, {{basis}}"),
                ],
            ),
            Panel(
                title="Energy for 1,000 calls",
                unit="joule",
                queries=[(f"merx:energy_joules:per_1000_calls{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Carbon for 1,000 calls (g CO2e)",
                unit="none",
                queries=[
                    (f"merx:energy_joules:per_1000_calls{{{HERE}}} / {JOULES_PER_KWH} * $grams_per_kwh", "{{job}}")
                ],
            ),
            Panel(
                title="Energy in the time shown",
                unit="kwatth",
                number=True,
                width=12,
                queries=[(f"sum_over_time(({POWER})[$__range:5m]) * 300 / {JOULES_PER_KWH}", "{{job}}")],
            ),
            Panel(
                title="Carbon in the time shown (g CO2e)",
                unit="none",
                number=True,
                width=12,
                queries=[
                    (
                        f"sum_over_time(({POWER})[$__range:5m]) * 300 / {JOULES_PER_KWH} * $grams_per_kwh",
                        "{{job}}",
                    )
                ],
            ),
        ),
        "Cost": (
            Panel(
                title="GPU-hours for a million answers within the objective",
                unit="h",
                width=12,
                queries=[(f"merx:gpu_hours:per_million_within_slo_1h{{{HERE}}}", "{{job}}")],
            ),
            Panel(
                title="Euro for a million answers within the objective",
                description="Set what a GPU-hour costs at the top; it is 0 at first.",
                unit="currencyEUR",
                width=12,
                queries=[
                    (f"merx:gpu_hours:per_million_within_slo_1h{{{HERE}}} * $euro_per_gpu_hour", "{{job}}"),
                ],
            ),
        ),
    },
)
