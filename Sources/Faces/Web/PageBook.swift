import Access
import HTTPTypes
import Hummingbird
import Mustache
import Values

/// The pages of a face: its templates, with those that all faces share.
///
/// A page's model is a plain struct without optionals: Mustache takes what is nil from the model around it.
package struct PageBook: Sendable {
    /// The templates by name, such as `sign-in`.
    package let texts: [String: String]
    private let library: MustacheLibrary

    /// Only the pages that every face has.
    package static let web = PageBook([:])

    /// - Parameter files: a face's own templates, by file name.
    package init(_ files: [String: String]) {
        _ = HTML.registered
        let all = Embedded.files.merging(files) { _, own in own }
        var texts: [String: String] = [:]
        var library = MustacheLibrary()
        for (file, text) in all where file.hasSuffix(".html") {
            let name = String(file.dropLast(5))
            texts[name] = text
            do {
                try library.register("{{%CONTENT_TYPE:\(HTML.name)}}" + text, named: name)
            } catch {
                preconditionFailure("\(file) is no template: \(error); a test renders every page")
            }
        }
        self.texts = texts
        self.library = library
    }

    package func html(_ name: String, _ page: some Sendable, for visitor: String?) -> String {
        let frame = Frame(stylesheet: Stylesheet.path, visitor: visitor ?? "", isSignedIn: visitor != nil)
        guard let html = library.render(Leaf(frame: frame, page: page), withTemplate: name) else {
            preconditionFailure("there is no template \(name); a test renders every page")
        }
        return html
    }

    package func answer(
        _ name: String, _ page: some Sendable, to visit: Visit, status: HTTPResponse.Status = .ok
    ) -> Response {
        .text(html(name, page, for: visit.session?.person.email), "text/html; charset=utf-8", status: status)
    }
}

/// What the layout needs around every page.
package struct Frame: Sendable {
    let stylesheet: String
    let visitor: String
    let isSignedIn: Bool

    package static let sample = Frame(stylesheet: "/a.css", visitor: "ada@acme.test", isSignedIn: true)
}

/// What a template is given: `frame` for the layout, `page` for the page.
package struct Leaf<Page: Sendable>: Sendable {
    package let frame: Frame
    package let page: Page

    package init(frame: Frame, page: Page) {
        self.frame = frame
        self.page = page
    }
}

/// Escapes byte by byte: Mustache's own goes by characters, and a quote followed by a combining accent is
/// another character, which it lets through.
private struct HTML: MustacheContentType {
    static let name = "TALLYSTICK"
    static let registered: Void = MustacheContentTypes.register(HTML(), named: name)

    func escapeText(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): out += "&amp;".utf8
            case UInt8(ascii: "<"): out += "&lt;".utf8
            case UInt8(ascii: ">"): out += "&gt;".utf8
            case UInt8(ascii: "\""): out += "&quot;".utf8
            case UInt8(ascii: "'"): out += "&#39;".utf8
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}

/// The one stylesheet. Its address changes with its content, so that it may be kept for ever.
package enum Stylesheet {
    static let text = Embedded.files["tallystick.css"] ?? ""
    static let file = "tallystick.\(Digest.hex(text).prefix(12)).css"
    package static let path = "/assets/\(file)"
}
