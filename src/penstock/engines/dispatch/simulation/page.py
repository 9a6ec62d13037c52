"""The figures as a page and pictures: bars with their 95 % intervals as SVG, tables in Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.engines.dispatch.simulation.figures import Answer, Estimate

SHOWN = {
    "fill": ("Part volume in a build's chamber", 100.0, "%"),
    "utilisation": ("Machines running", 100.0, "%"),
    "unit_cost": ("Machine and transport cost of 1 cm³", 1.0, ""),
    "lead_days": ("Days from order to door", 1.0, ""),
    "on_time": ("Delivered in time", 100.0, "%"),
    "transport_per_order": ("Transport cost of an order", 1.0, ""),
    "carbon_per_order": ("Carbon of an order, kg", 1.0, ""),
    "income": ("Income of a maker", 1.0, ""),
    "income_spread": ("Spread of income (deviation ÷ mean)", 1.0, ""),
    "refused": ("Jobs not made", 1.0, ""),
}
PICTURED = ("fill", "unit_cost", "on_time", "lead_days")
COLOURS = ("#8a94a6", "#8a94a6", "#8a94a6", "#066fd1")


def table(answer: Answer) -> str:
    """All figures, policies side by side."""
    names = list(answer.policies)
    lines = ["| | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    for figure, (title, scale, unit) in SHOWN.items():
        cells = [_cell(answer.policies[name][figure], scale, unit) for name in names]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(estimate: Estimate, scale: float, unit: str) -> str:
    mean, half = estimate.mean * scale, estimate.half_width * scale
    digits = 0 if abs(mean) >= 1000 else 1 if abs(mean) >= 10 else 2
    error = f" ± {half:,.{digits}f}" if half else ""
    return f"{mean:,.{digits}f}{error}{' ' + unit if unit else ''}"


def change(answer: Answer, policy: str, figure: str) -> str:
    """A relative change against the first policy, with its interval: "−31.0 % ± 2.0"."""
    estimate = answer.against[policy][figure]
    return f"{100 * estimate.mean:+.1f} % ± {100 * estimate.half_width:.1f}".replace("-", "\N{MINUS SIGN}")


def bars(answer: Answer) -> str:
    """Four figures as bars, an SVG."""
    names = list(answer.policies)
    width, height, gap = 200, 170, 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {len(PICTURED) * (width + gap)} {height + 40}" '
        'font-family="sans-serif" font-size="11" fill="#5c6675" role="img" aria-label="Policies side by side">'
    ]
    for column, figure in enumerate(PICTURED):
        title, scale, unit = SHOWN[figure]
        left = column * (width + gap)
        parts.append(f'<text x="{left}" y="14" font-weight="600">{title}{", " + unit if unit else ""}</text>')
        parts += _bars_of(answer.policies, names, figure, scale, left, width, height)
    return "\n".join([*parts, "</svg>", ""])


def _bars_of(
    policies: Mapping[str, Mapping[str, Estimate]],
    names: list[str],
    figure: str,
    scale: float,
    left: int,
    width: int,
    height: int,
) -> list[str]:
    top = max(policies[name][figure].mean + policies[name][figure].half_width for name in names) * scale or 1.0
    step = width / len(names)
    parts = []
    for number, name in enumerate(names):
        estimate = policies[name][figure]
        mean, half = estimate.mean * scale, estimate.half_width * scale
        tall, x = (height - 40) * mean / top, left + number * step + 4
        y, middle = height - tall, left + number * step + step / 2
        low, high = height - (height - 40) * (mean - half) / top, height - (height - 40) * (mean + half) / top
        parts += [
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step - 8:.1f}" height="{tall:.1f}" fill="{COLOURS[number % 4]}"/>',
            f'<path d="M{middle:.1f} {low:.1f}V{high:.1f}" stroke="#1f2937" stroke-width="1.5"/>',
            f'<text x="{middle:.1f}" y="{height + 14}" text-anchor="middle">{name}</text>',
            f'<text x="{middle:.1f}" y="{height + 28}" text-anchor="middle">{mean:.3g}</text>',
        ]
    return parts
