"""
A program of its own: files of a document on standard input, its PDF on standard output.

It runs apart from the app, with an end to its time and memory, reads no file but its fonts and asks nothing of the
network: the document uses no packages, and what people wrote comes as data, never as markup.
"""

import base64
import json
import resource
import sys

import typst

MOST_BYTES = 1 << 30
MOST_CPU_S = 60


def main() -> None:
    """Set {"files": {name: base64}, "fonts": folder, "made_at": seconds} and write the PDF."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    asked = json.load(sys.stdin)
    pdf = typst.compile(
        {name: base64.b64decode(content) for name, content in asked["files"].items()},
        format="pdf", font_paths=[asked["fonts"]], ignore_system_fonts=True, timestamp=asked["made_at"],
    )  # fmt: skip
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
