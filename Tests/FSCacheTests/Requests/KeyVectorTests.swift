import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import FSCache

@Suite("Key vectors")
struct KeyVectorTests {
    @Test("There are at least 60 vectors, and every kind of ingredient and every setting is in several")
    func vectorsCoverTheRules() {
        #expect(KeyVectors.all.count >= 60)
        for tag in ["M", "U", "H", "S", "B", "J", "F", "P"] {
            #expect(KeyVectors.all.count { $0.ingredients.map(\.tag).contains(tag) } > 1, "ingredient \(tag)")
        }
        #expect(KeyVectors.all.contains { $0.ingredients.map(\.tag).contains("T") })
        #expect(KeyVectors.all.count { $0.variant != nil } > 1)
        let settings = KeyVectors.all.compactMap(\.settings)
        #expect(settings.contains { $0.ignoredParameters != nil })
        #expect(settings.contains { $0.credentials != nil })
        #expect(settings.contains { $0.credentialParameters != nil })
        #expect(settings.contains { $0.urlMatching != nil })
        #expect(settings.contains { $0.matchHeaders != nil })
        #expect(settings.contains { $0.contentRootKey != nil })
    }

    @Test("The ingredients and the key equal those of the vector", arguments: KeyVectors.all)
    func keyIsThatOfTheVector(_ vector: KeyVector) throws {
        let request = try vector.makeRequest()
        let normalized = try NormalizedRequest(request, body: vector.body, settings: vector.cacheSettings)
        let ingredients = normalized.ingredients
        #expect(ingredients.map { String($0.tag) } == vector.ingredients.map(\.tag))
        #expect(ingredients.map(\.value) == vector.ingredients.map(\.content))
        #expect(normalized.key.description == vector.key)
        let cache = ResponseCache(backend: MemoryBackend(), settings: vector.cacheSettings)
        #expect(try cache.key(for: request, body: vector.body) == normalized.key)
    }

    @Test("The key of a variant matches the vector", arguments: KeyVectors.all.filter { $0.vary != nil })
    func variantIsThatOfTheVector(_ vector: KeyVector) throws {
        let request = try vector.makeRequest()
        let primary = try CacheKey(of: request, body: vector.body, settings: vector.cacheSettings)
        let names = try #require(vector.vary)
        let vary = try #require(VaryNames([.vary: names.joined(separator: ",")]))
        #expect(
            primary.variant(vary, of: request.headerFields, RequestMatching(vector.cacheSettings))?.description
                == vector.variant
        )
    }

    @Test("A program in another language, written from the guide alone, computes the same vectors")
    func pythonComputesTheSameVectors() async throws {
        let program = try String(
            contentsOf: KeyVectors.root.appending(path: "Examples/cache_key_in_full.py"),
            encoding: .utf8
        )
        let vectors = try Data(contentsOf: KeyVectors.file)
        // Remove the computed values first, so that the program can't just return them.
        let script = """
            import io, json, sys
            vectors = json.load(sys.stdin)
            bare = [{name: vector[name] for name in vector if name not in ("ingredients", "key", "variant")}
                    for vector in vectors]
            sys.stdin = io.StringIO(json.dumps(bare))
            sys.stdout = computed = io.StringIO()
            exec(compile(sys.argv[1], "cache_key_in_full.py", "exec"), {"__name__": "__main__"})
            sys.stdout = sys.__stdout__
            pairs = zip(json.loads(computed.getvalue()), vectors)
            print(len(vectors), [vector["name"] for result, vector in pairs if result != vector])
            """
        let output = try await Python.run(script, arguments: [program], input: vectors)
        #expect(String(decoding: output, as: UTF8.self) == "\(KeyVectors.all.count) []\n")
    }

    @Test("A program of thirty lines computes the same keys of everyday requests, and refuses the others")
    func shortProgramComputesEverydayKeys() async throws {
        let program = try String(contentsOf: KeyVectors.root.appending(path: "Examples/cache_key.py"), encoding: .utf8)
        let script = """
            import base64, json, sys
            short = {"__name__": "cache_key"}
            exec(compile(sys.argv[1], "cache_key.py", "exec"), short)
            same, refused, wrong = 0, 0, []
            for vector in json.load(sys.stdin):
                request, settings = vector["request"], vector.get("settings", {})
                names = {name.lower() for name, _ in request.get("headers", [])}
                if settings.keys() - {"ignoredParameters"} or names - {"content-type"}:
                    continue
                ignored = [name.lower().encode() for name in settings.get("ignoredParameters", [])]
                body = base64.b64decode(request["bodyBase64"]) if "bodyBase64" in request else request.get("body", "").encode()
                media_type = "".join(value for name, value in request.get("headers", []) if name.lower() == "content-type")
                try:
                    key = short["cache_key"](request["url"], request.get("method", "GET"), media_type, body, ignored)
                except ValueError:
                    refused += 1
                else:
                    same += key == vector["key"]
                    wrong += [vector["name"]] if key != vector["key"] else []
            print(same >= 50, refused >= 20, wrong)
            """
        let output = try await Python.run(script, arguments: [program], input: try Data(contentsOf: KeyVectors.file))
        #expect(String(decoding: output, as: UTF8.self) == "True True []\n")
    }
}
