"""Extracts and checks the text of documents for check-words."""

import os
import re
import sys

FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def extract(folder, *documents):
    """Writes the Swift code of each document into a separate file.

    Each block of a document is nested in the one before, so it can use and redeclare that block's names. Blocks with
    tests stay at the top level. A document without imports imports FSCache.
    """
    count = 0
    for document in documents:
        imports, inner, outer = [], [], []
        text = read(document)
        for fence in FENCE.finditer(text):
            if fence[1] != "swift":
                continue
            count += 1
            line = text.count("\n", 0, fence.start()) + 2
            code = []
            is_conditional_import = False
            for each in fence[2].split("\n"):
                is_conditional_import = is_conditional_import or each.startswith("#if canImport")
                is_import = is_conditional_import or each.startswith("import ")
                if is_import:
                    imports.append(each)
                code.append("" if is_import else each)
                is_conditional_import = is_conditional_import and not each.startswith("#endif")
            source = f'#sourceLocation(file: "{os.path.abspath(document)}", line: {line})\n' + "\n".join(code) + "\n#sourceLocation()"
            (outer if "import Testing" in fence[2] else inner).append(source)
        if not inner and not outer:
            continue
        imports = imports or ["import FSCache"]
        name = re.sub(r"\W", "_", document.removesuffix(".md").replace("Documentation.docc/", ""))
        body = "\ndo {\n".join(inner) + "\n}" * max(0, len(inner) - 1)
        with open(f"{folder}/{name}.swift", "w", encoding="utf-8") as file:
            file.write("\n".join(imports) + "\n" + "\n".join(outer) + "\n")
            file.write(f"func {name}() async throws {{\n{body}\n}}\n")
    print(f"{count} blocks of Swift code")


def check_links(*documents):
    """Fails if a link points to a missing file."""
    broken = []
    for document in documents:
        prose = FENCE.sub("", read(document))
        for target in re.findall(r"\]\(([^)#\s]+)", prose):
            if "://" not in target and not os.path.exists(os.path.join(os.path.dirname(document), target)):
                broken.append(f"{document}: error: broken link to {target}")
    sys.exit("\n".join(broken) or 0)


def check_output(document, update=""):
    """Fails if a document shows files that differ from standard input."""
    tree, _, entry = sys.stdin.read().partition("find -type f | sort\n")[2].partition("\n\n")
    entry = entry.partition("\n\n")[0]
    shown = read(document)
    wanted = re.sub(
        r"(^```\n\$ find -type f \| sort\n).*?(^```$)", lambda m: m[1] + tree + "\n" + m[2], shown, flags=re.M | re.S
    )
    wanted = re.sub(r"(^```yaml\n).*?(^```$)", lambda m: m[1] + entry + "\n" + m[2], wanted, flags=re.M | re.S)
    if tree not in wanted or entry not in wanted:
        sys.exit(f"{document}: error: the tree or the entry is missing")
    if wanted != shown and update == "--update":
        with open(document, "w", encoding="utf-8") as file:
            file.write(wanted)
    elif wanted != shown:
        sys.exit(f"{document}: error: the files look different now. scripts/check-words --update updates them")


command, *arguments = sys.argv[1:]
{"extract": extract, "check-links": check_links, "check-output": check_output}[command](*arguments)
