"""Our implementations against the engines: `python benchmarks/peers.py --out benchmarks/results`.

It times every installed peer on layers of real networks, one thread and then two, forward and
forward+backward, and writes the results as JSON and the table of the documentation as Markdown.
Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.bench.command import bench
from conformance.bench.layers import of_published, require_memory
from conformance.bench.page import render_bench
from conformance.bench.rounds import Terms
from conformance.contract import UnusableError
from conformance.registry import Target, find

OURS = {
    "forward": ("numba-separable-values", "separable-values"),
    "forward+backward": ("numba-separable", "separable"),
}
PEERS = ("torch", "torch-channels-last", "torch-mkldnn", "jax-jit", "onnxruntime", "openvino")
LAYERS = (
    ("lenet-caffe.pool1", 64),
    ("alexnet-torchvision.features-2", 8),
    ("alexnet-torchvision.features-12", 8),
    ("vgg16-torchvision.block1-pool", 2),
    ("vgg16-torchvision.block2-pool", 8),
    ("vgg16-torchvision.block4-pool", 8),
    ("resnet-50-padded-form.maxpool", 8),
    ("googlenet-bvlc.pool3-3x3-s2", 8),
    ("googlenet-bvlc.inception-3a-pool", 8),
    ("googlenet-bvlc.inception-4a-pool", 8),
    ("googlenet-bvlc.inception-5a-pool", 8),
    ("inception-v3.maxpool1", 8),
    ("xception.block3-pool", 8),
    ("yolov3-tiny-darknet.maxpool-0", 4),
    ("yolov3-spp.spp-5", 4),
    ("yolov3-spp.spp-13", 4),
    ("crnn.pooling2", 32),
    ("efficientdet-d0-bifpn.resample-64", 8),
    ("centernet.nms", 4),
    ("u-net-pytorch.down3", 4),
    ("c3d-ucf101.pool1", 1),
    ("c3d-ucf101.pool3", 2),
    ("i3d.mixed-3b-branch-3", 1),
    ("keras-imdb-1-d-cnn.globalmaxpooling1d", 64),
    ("textcnn-tf-britz.pool-filter-3", 64),
)
"""Published layers and the batch they are timed with: every kind of window, and every rank."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Time, write, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--work", nargs="*", choices=tuple(OURS), default=list(OURS))
    parser.add_argument("--without", nargs="*", default=[], help="peers that are left out")
    parser.add_argument("--sample", type=float, default=0.05)
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--only", nargs="*", default=[], help="ids of layers; all without")
    options = parser.parse_args(arguments)
    try:
        layers = [
            of_published(*one) for one in LAYERS if not options.only or one[0] in options.only
        ]
        require_memory(layers)
    except UnusableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    for threads in options.threads:
        for work in options.work:
            terms = Terms(threads, options.rounds, options.sample, clock=options.clock)
            targets = [*map(find, OURS[work]), *_installed(work, options.without)]
            result = bench(targets, layers, {}, terms, works=(work != "forward",), advance=_tell)
            name = f"{work}-{threads}-thread{'s' * (threads > 1)}"
            text = json.dumps(result, indent=1) + "\n"
            (options.out / f"{name}.json").write_text(text, "utf-8")
            (options.out / f"{name}.html").write_text(render_bench(result), "utf-8")
            (options.out / f"{name}.md").write_text(markdown(result), "utf-8")
    return 0


def _tell(layer: str, total: int) -> None:
    sys.stderr.write(f"{layer} (of {total})\n")


def _installed(work: str, without: Sequence[str]) -> list[Target]:
    """Return the peers that are here and can do the work."""
    without_gradient = {"onnxruntime", "openvino"} if work != "forward" else set()
    left_out = {*without, *without_gradient}
    found = []
    for name in PEERS:
        try:
            found += [find(name)] if name not in left_out else []
        except UnusableError as error:
            sys.stderr.write(f"left out: {error}\n")
    return found


def markdown(result: dict[str, Any]) -> str:
    """Return tables of medians in milliseconds with the spread, and how ours compare."""
    found = result["environment"]
    head = (
        f"{found['processor']}, {found['threads']} thread(s), Python {found['python']}, "
        f"NumPy {found['numpy']}, {result['terms']['rounds']} rounds, {result['terms']['clock']} "
        f"time, load {found['load']}; milliseconds, in brackets the middle half of the rounds.\n"
    )
    works = dict.fromkeys(row["work"] for row in result["rows"])
    return "\n".join([head, *(_table(result["rows"], work) for work in works)])


def _table(rows: list[dict[str, Any]], work: str) -> str:
    some = [row for row in rows if row["work"] == work]
    names = list(dict.fromkeys(row["implementation"] for row in some))
    layers = list(dict.fromkeys((row["layer"], tuple(row["shape"])) for row in some))
    at = {(row["layer"], row["implementation"]): row for row in some}
    lines = [f"## {work}\n", f"| layer | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for layer, shape in layers:
        cells = [_cell(at[layer, name]) for name in names]
        lines.append(f"| {layer} {'x'.join(map(str, shape))} | {' | '.join(cells)} |")
    lines.append("")
    for ours in OURS[work]:
        lines += _comparison(ours, names, [layer for layer, _ in layers], at)
    return "\n".join(lines)


def _cell(row: dict[str, Any]) -> str:
    if row["status"] != "ok":
        return str(row["status"])
    return f"{row['median'] * 1e3:.3g} ({row['spread']:.0%})"


def _comparison(
    ours: str, names: list[str], layers: list[str], at: dict[tuple[str, str], dict[str, Any]]
) -> list[str]:
    """Return how much quicker one of ours is: than each peer, and than the quickest of each row."""
    peers = [name for name in names if name in PEERS]
    lines = []
    for peer in [*peers, "the quickest peer"]:
        ratios = {
            layer: fastest / at[layer, ours]["median"]
            for layer in layers
            if at[layer, ours]["status"] == "ok"
            and (fastest := _fastest(layer, [peer] if peer in peers else peers, at))
        }
        if ratios:
            mean = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
            worst = min(ratios, key=lambda layer: ratios[layer])
            lines.append(
                f"- {ours} against {peer}: {mean:.2f} times as fast in the geometric mean of "
                f"{len(ratios)} layers, at worst {ratios[worst]:.2f} ({worst})"
            )
    return [*lines, ""]


def _fastest(
    layer: str, peers: list[str], at: dict[tuple[str, str], dict[str, Any]]
) -> float | None:
    found = [at[layer, peer] for peer in peers]
    return min((row["median"] for row in found if row["status"] == "ok"), default=None)


if __name__ == "__main__":
    sys.exit(main())
