import Hummingbird

extension Router where Context == Visit {
    /// A router with what every face needs around its routes: log and measures, headers, answers to errors.
    package static func web() -> Router<Visit> {
        let router = Router(context: Visit.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: RequestLog())
        router.add(middleware: SecurityHeaders())
        router.add(middleware: ErrorAnswers())
        return router
    }
}
