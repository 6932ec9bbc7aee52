import Foundation

/// An origin over TLS, with a certificate authority for one test.
///
/// It is a Python program. It answers `/` with `secure`; `/cut` ends without the closing alert of TLS.
final class SecureOrigin {
    /// The port that it listens on.
    let port: Int
    /// The PEM file with the authority's certificate.
    let authority: URL
    private let folder: URL
    private let process: Process
    private let input: Pipe

    /// Makes the certificates and starts listening.
    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "secure-origin-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        authority = folder.appending(path: "ca.pem")
        process = Process()
        input = Pipe()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", SecureOrigin.script, folder.path]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let bytes = output.fileHandleForReading.availableData
            if bytes.isEmpty { break }
            line += bytes
        }
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let port = Int(text) else { throw CocoaError(.executableLoad) }
        self.port = port
    }

    /// Ends the program, and removes the certificates.
    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    private static let script = """
        import os, socket, ssl, subprocess, sys, threading
        os.chdir(sys.argv[1])
        def openssl(*arguments):
            subprocess.run(("openssl",) + arguments, check=True, capture_output=True)
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=authority", "-days", "2")
        openssl("req", *key, "-keyout", "origin.key", "-out", "origin.csr", "-subj", "/CN=origin")
        with open("names", "w") as names: names.write("subjectAltName=IP:127.0.0.1")
        openssl("x509", "-req", "-in", "origin.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", "origin.pem", "-days", "2", "-extfile", "names")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("origin.pem", "origin.key")
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        def serve(plain):
            try:
                connection = context.wrap_socket(plain, server_side=True)
                request = b""
                while b"\\r\\n\\r\\n" not in request:
                    received = connection.recv(4096)
                    if not received: return
                    request += received
                if request.startswith(b"GET /cut "):
                    connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\ncut")
                    os.close(connection.detach())
                    return
                connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\nsecure")
                connection.unwrap()
            except OSError: pass
        def listen():
            while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        threading.Thread(target=listen, daemon=True).start()
        sys.stdin.read()
        """
}
