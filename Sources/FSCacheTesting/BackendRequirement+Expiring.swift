internal import FSCache
internal import Foundation

extension BackendRequirement {
    static let expiring = [
        BackendRequirement(
            "Entries that have expired are removed, written whole and in pieces, and no others",
            of: (any ExpiringBackend).self
        ) { backend in
            let now = Date(timeIntervalSince1970: 1_000_000)
            let expiries = ["earlier": now - 60, "now": now, "later": now + 60, "never": nil, "aside": now - 60]
            for (name, expires) in expiries {
                var written = entry(name)
                written.expires = expires
                try await backend.write(written, for: key(name))
                guard let backend = backend as? any StreamingBackend else { continue }
                let writer = try await backend.makeWriter(
                    for: key("\(name) in pieces"),
                    fileExtension: "json",
                    expires: expires
                )
                try await writer.append(Data(count: 300_000))
                try await writer.commit()
            }
            var left = ["later", "never"]
            if let backend = backend as? any QuarantiningBackend {
                try await backend.setAside(entry("aside"), for: key("aside"))
                left.append("aside")
            }
            if backend is any StreamingBackend { left += ["later in pieces", "never in pieces"] }
            let count = try await listings(backend).count
            try await requireEqual(
                backend.removeExpired(before: now),
                count - left.count,
                "the number of removed entries"
            )
            try await requireEqual(Set(listings(backend).map(\.key)), Set(left.map(key)), "the keys that are left")
            // A new entry without an expiry replaces one with.
            try await backend.write(entry("later"), for: key("later"))
            try await requireEqual(
                backend.removeExpired(before: now + 61),
                left.contains("later in pieces") ? 1 : 0,
                "the rest"
            )
        }
    ]
}
