"""Our implementations against the engines: `python benchmarks/peers.py --page docs/speed.md`.

It times every installed peer on layers of real networks, forward and forward+backward, with one
thread and then with two, writes the results as JSON and HTML, and puts the tables made from them
between the two marks of a page. With --again nothing is timed: results of an earlier run are read.
Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.tables import OURS, PEERS, measured, page
from conformance.bench.command import bench
from conformance.bench.layers import of_published, require_cores, require_memory
from conformance.bench.page import render_bench
from conformance.bench.rounds import Terms
from conformance.contract import UnusableError
from conformance.registry import Target, find

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
    options = _parser().parse_args(arguments)
    names = [
        (threads, work, f"{work}-{threads}-thread{'s' * (threads > 1)}")
        for threads in options.threads
        for work in options.work
    ]
    results = []
    try:
        for threads, work, name in names:
            path = options.out / f"{name}.json"
            results.append(
                json.loads(path.read_text("utf-8"))
                if options.again
                else _timed(options, threads, work, path)
            )
        if options.page:
            text = page(options.page.read_text("utf-8"), results)
            options.page.write_text(text, "utf-8")
    except (OSError, UnusableError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{measured(results)}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--page", type=Path, help="the page that the tables are put into")
    parser.add_argument("--again", action="store_true", help="read results, time nothing")
    parser.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--work", nargs="*", choices=tuple(OURS), default=list(OURS))
    parser.add_argument("--without", nargs="*", default=[], help="peers that are left out")
    parser.add_argument("--sample", type=float, default=0.05)
    parser.add_argument("--limit", type=float, default=60.0, help="seconds that a call may take")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--only", nargs="*", default=[], help="ids of layers; all without")
    return parser


def _timed(options: argparse.Namespace, threads: int, work: str, path: Path) -> dict[str, Any]:
    """Return what was timed, which is also written down.

    Raises:
        UnusableError: a layer cannot be timed here.
    """
    layers = [of_published(*one) for one in LAYERS if not options.only or one[0] in options.only]
    require_memory(layers)
    require_cores(threads)
    terms = Terms(threads, options.rounds, options.sample, options.limit, options.clock)
    targets = [*map(find, OURS[work]), *_installed(work, options.without)]
    result = bench(targets, layers, {}, terms, works=(work != "forward",), advance=_tell)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    path.with_suffix(".html").write_text(render_bench(result), "utf-8")
    return result


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


if __name__ == "__main__":
    sys.exit(main())
