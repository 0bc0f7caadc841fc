"""Fails where a dependency that is built into the program has a licence that was not agreed to."""

import json
import re
import subprocess
import sys

ALLOWED = {
    "MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "0BSD", "CC0-1.0",
    "Unlicense", "Unicode-3.0", "MPL-2.0", "BSL-1.0", "CDLA-Permissive-2.0", "MIT-0",
}


def satisfied(expression: str) -> bool:
    """Whether an SPDX expression can be met with allowed licences alone."""
    text = expression.replace("/", " OR ")
    tokens = re.findall(r"\(|\)|[^\s()]+", text)
    words, position = [], 0
    while position < len(tokens):
        token = tokens[position]
        if token in ("(", ")"):
            words.append(token)
        elif token in ("AND", "OR"):
            words.append(token.lower())
        else:
            if tokens[position + 1 : position + 2] == ["WITH"]:
                token = " ".join(tokens[position : position + 3])
                position += 2
            words.append(str(token in ALLOWED))
        position += 1
    return bool(words) and eval(" ".join(words))  # True, False, and, or, parentheses: nothing else can stand there


def main() -> int:
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["packages"]
    wrong = [f"{p['name']} {p['version']}: {p['license']}" for p in packages if not satisfied(p["license"] or "")]
    print(f"{len(packages)} packages, {len(wrong)} with a licence that was not agreed to")
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
