/// Tells automatic visitors by the words they put in their user agent.
package enum Robots {
    /// Whether `agent` names itself, or a library that people do not browse with.
    package static func recognise(_ agent: String) -> Bool {
        guard !agent.isEmpty else { return false }
        let lower = agent.lowercased()
        return tokens.contains { lower.contains($0) }
    }

    private static let tokens = [
        "bot", "crawl", "spider", "slurp", "preview", "fetch", "monitor", "headless", "curl/", "wget/",
        "python-",
        "java/", "go-http", "httpclient", "okhttp", "libwww", "scrapy", "facebookexternalhit", "whatsapp",
        "lighthouse",
        "pingdom", "archiver", "validator",
    ]
}
