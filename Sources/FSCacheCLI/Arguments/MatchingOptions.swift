import ArgumentParser
import FSCache
import HTTPTypes

/// What tells requests apart.
struct MatchingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A parameter that doesn't tell requests apart, and is stored as REDACTED. May be repeated.",
            discussion: "It is looked for in the query, in form and JSON bodies and in header fields. Those that hold "
                + "credentials, such as Authorization and api_key, are ignored anyway.",
            valueName: "name"
        )
    )
    var ignore: [String] = []

    @Option(help: ArgumentHelp("A header field that tells requests apart. May be repeated.", valueName: "name"))
    var matchHeader: [String] = []

    func validate() throws {
        for name in matchHeader where HTTPField.Name(name) == nil {
            throw ValidationError("\(name.debugDescription) can't name a header field.")
        }
    }

    var matching: RequestMatching {
        RequestMatching(
            ignoredParameters: RequestMatching.defaultIgnoredParameters + ignore,
            matchHeaders: .names(matchHeader)
        )
    }
}
