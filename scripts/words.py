"""What check-words does with the text of the documents."""

import os
import re
import sys

FENCE = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def extract(folder, *documents):
    """Writes the Swift code of each document into a file of its own.

    The blocks of a document are read one after the other: each is nested in the one before, so that it knows what that
    one has declared, and may declare it anew. Blocks with tests stand on their own. Imports are the document's, or
    else that of FSCache.
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
    """Fails when a link leads to a file that is not there."""
    broken = []
    for document in documents:
        prose = FENCE.sub("", read(document))
        for target in re.findall(r"\]\(([^)#\s]+)", prose):
            if "://" not in target and not os.path.exists(os.path.join(os.path.dirname(document), target)):
                broken.append(f"{document}: error: there is no {target}")
    sys.exit("\n".join(broken) or 0)


def check_output(document, update=""):
    """Fails when the files that a document shows are not those on standard input."""
    tree, _, entry = sys.stdin.read().partition("find -type f | sort\n")[2].partition("\n\n")
    entry = entry.partition("\n\n")[0]
    shown = read(document)
    wanted = re.sub(
        r"(^```\n\$ find -type f \| sort\n).*?(^```$)", lambda m: m[1] + tree + "\n" + m[2], shown, flags=re.M | re.S
    )
    wanted = re.sub(r"(^```yaml\n).*?(^```$)", lambda m: m[1] + entry + "\n" + m[2], wanted, flags=re.M | re.S)
    if tree not in wanted or entry not in wanted:
        sys.exit(f"{document}: error: it shows neither tree nor entry")
    if wanted != shown and update == "--update":
        with open(document, "w", encoding="utf-8") as file:
            file.write(wanted)
    elif wanted != shown:
        sys.exit(f"{document}: error: files look different now. scripts/check-words --update shows them as they are")


command, *arguments = sys.argv[1:]
{"extract": extract, "check-links": check_links, "check-output": check_output}[command](*arguments)
