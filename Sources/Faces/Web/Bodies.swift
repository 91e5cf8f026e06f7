import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension Request {
    /// What a single fact may take.
    package static let factBytesMax = 1 << 20
    static let formBytesMax = 16 << 10

    /// The whole body; refused as soon as it is known to be too large, so that no more of it is kept.
    /// - Throws: `Refusal.tooLarge`; 415 for a body that is packed, for nothing here unpacks it.
    package func bytes(max: Int = factBytesMax) async throws -> [UInt8] {
        if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
            throw HTTPError(.unsupportedMediaType)
        }
        if let length = headers[.contentLength].flatMap(Int.init), length > max {
            throw Refusal.tooLarge(limit: max)
        }
        var bytes: [UInt8] = []
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= max else { throw Refusal.tooLarge(limit: max) }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// The fields of a form (`application/x-www-form-urlencoded`); of two with one name the first.
    package func form() async throws -> [String: String] {
        Self.fields(String(decoding: try await bytes(max: Self.formBytesMax), as: UTF8.self))
    }

    /// The query's fields, decoded; of two with one name the first.
    package var queryFields: [String: String] { Self.fields(uri.query ?? "") }

    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(fieldsMax) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = parts.map { String($0.map { $0 == "+" ? " " : $0 }).percentDecoded }
            guard let name = decoded[0], fields[name] == nil else { continue }
            fields[name] = decoded.count > 1 ? decoded[1] : ""
        }
        return fields
    }

    private static let fieldsMax = 100
}

extension String {
    /// Nil where a `%` is not followed by two digits (RFC 3986 §2.1), or where
    /// the bytes are no UTF-8 or hold a NUL.
    package var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var out: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit else {
                return nil
            }
            guard high << 4 | low != 0 else { return nil }
            out.append(high << 4 | low)
        }
        return String(validating: out, as: UTF8.self)
    }

    /// As one part of a path: all but the unreserved characters are escaped (RFC 3986 §2.3).
    package var asPathPart: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            // A part that is only dots means another directory.
            case UInt8(ascii: ".") where utf8.contains { $0 != UInt8(ascii: ".") }: out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
