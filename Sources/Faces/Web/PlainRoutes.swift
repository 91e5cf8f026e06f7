import HTTPTypes
import Hummingbird
import Store
import Values
import Work

/// What no face owns: the stylesheet, the health pages and the measures.
package struct PlainRoutes: Sendable {
    private let house: House
    private let measures: Measures

    package init(house: House, measures: Measures) {
        self.house = house
        self.measures = measures
        measures.gauge("tallystick_store_commits") { Double(house.store.figures.commits) }
        measures.gauge("tallystick_store_writes") { Double(house.store.figures.writes) }
        measures.gauge("tallystick_store_waiting") { Double(house.store.figures.waiting) }
        measures.gauge("tallystick_store_group_largest") { Double(house.store.figures.groupLargest) }
        measures.gauge("tallystick_store_commit_seconds") { house.store.figures.commitSeconds }
        measures.gauge("tallystick_store_retries") { Double(house.store.figures.retries) }
        measures.gauge("tallystick_store_reconnects") { Double(house.store.figures.reconnects) }
        measures.gauge("tallystick_store_checkpoints_failed") {
            Double(house.store.figures.checkpointsFailed)
        }
    }

    package func routes(on routes: some RouterMethods<Visit>) {
        routes.get("/assets/:file", use: asset)
        routes.get("/favicon.ico") { _, _ in
            var response = Response.text(Self.icon, "image/svg+xml")
            response.headers[.cacheControl] = "public, max-age=86400"
            return response
        }
        routes.get("/healthz") { _, _ in Response.text("ok\n", "text/plain") }
        routes.get("/readyz", use: ready)
        routes.get("/metrics") { [measures] _, _ in
            Response.text(measures.text(), "text/plain; version=0.0.4; charset=utf-8")
        }
    }

    /// Four notches and the one across.
    private static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
        <path d="M3 2v12M6 2v12M9 2v12M12 2v12M1 11 15 5" stroke="#1f5f58" stroke-width="1.6"/>
        </svg>

        """

    private func asset(_ request: Request, _ visit: Visit) throws -> Response {
        guard visit.parameters.get("file") == Stylesheet.file else {
            throw Refusal.notFound(kind: "file", id: visit.parameters.get("file") ?? "")
        }
        var response = Response.text(Stylesheet.text, "text/css; charset=utf-8")
        response.headers[.cacheControl] = "public, max-age=31536000, immutable"
        return response
    }

    /// Ready when the database answers.
    private func ready(_ request: Request, _ visit: Visit) async throws -> Response {
        do {
            _ = try await house.store.read { try $0.first("SELECT 1 AS one") }
            return .text("ready\n", "text/plain")
        } catch {
            return .text("not ready\n", "text/plain", status: .serviceUnavailable)
        }
    }
}
