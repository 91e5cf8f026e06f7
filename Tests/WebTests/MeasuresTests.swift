import CoreMetrics
import Hummingbird
import Metrics
import Store
import TestStores
import Testing
import Work

@testable import Web

@Suite("Measures")
struct MeasuresTests {
    @Test("are written as Prometheus reads them")
    func text() {
        let measures = Measures()
        let counter = Counter(
            label: "conversions.recorded", dimensions: [("event", "a\"b\\c\nd")], factory: measures)
        counter.increment(by: 3)
        Meter(label: "clicks_waiting", factory: measures).set(4)
        let timer = Metrics.Timer(label: "request_seconds", factory: measures)
        timer.recordNanoseconds(3_000_000)
        timer.recordNanoseconds(20_000_000_000)
        measures.gauge("store waiting") { 7 }
        let text = measures.text()
        #expect(text.contains("# TYPE conversions_recorded_total counter\n"))
        #expect(text.contains("conversions_recorded_total{event=\"a\\\"b\\\\c\\nd\"} 3\n"))
        #expect(text.contains("# TYPE clicks_waiting gauge\nclicks_waiting 4.0\n"))
        #expect(text.contains("request_seconds_bucket{le=\"0.0025\"} 0\n"))
        #expect(text.contains("request_seconds_bucket{le=\"0.005\"} 1\n"))
        #expect(text.contains("request_seconds_bucket{le=\"10.0\"} 1\n"))
        #expect(text.contains("request_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.contains("request_seconds_count 2\n"))
        #expect(text.contains("request_seconds_sum 20.003\n"))
        #expect(text.contains("store_waiting 7.0\n"))
        for line in text.split(separator: "\n") {
            #expect(line.wholeMatch(of: /# TYPE \w+ \w+|\w+(\{.*\})? [-+.\w]+/) != nil, "\(line)")
        }
    }

    @Test("of one name and labels are one series")
    func same() {
        let measures = Measures()
        for _ in 0..<10 { Counter(label: "a", dimensions: [("b", "c")], factory: measures).increment() }
        #expect(measures.text().contains("a_total{b=\"c\"} 10\n"))
    }

    @Test("have a bound")
    func bound() {
        let measures = Measures()
        for number in 0..<(Measures.seriesMax + 10) {
            Counter(label: "a", dimensions: [("n", String(number))], factory: measures).increment()
        }
        let lines = measures.text().split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("a_total") }.count == Measures.seriesMax)
        #expect(lines.contains("tallystick_series_dropped 10"))
    }

    @Test("lose nothing between threads")
    func threads() async {
        let measures = Measures()
        await withDiscardingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 { Metrics.Timer(label: "t", factory: measures).recordNanoseconds(1) }
                }
            }
        }
        #expect(measures.text().contains("t_count 8000\n"))
    }

    @Test("and health are there without a key", .onEachDatabase)
    func routes() async throws {
        let router = Router<Visit>.web()
        PlainRoutes(house: try await emptyHouse(), measures: Measures()).routes(on: router)
        let browser = Browser(router)
        #expect(try await browser.get("/healthz").status == 200)
        #expect(try await browser.get("/readyz").status == 200)
        #expect(try await browser.get("/metrics").body.contains("tallystick_store_commits "))
        let style = try await browser.get(Stylesheet.path)
        #expect(style.status == 200)
        #expect(style.header("Cache-Control") == "public, max-age=31536000, immutable")
        #expect(style.header("Content-Type") == "text/css; charset=utf-8")
        #expect(try await browser.get("/assets/tallystick.000.css").status == 404)
    }

    @Test("say so when the database is away", .onEachDatabase)
    func away() async throws {
        let house = try await emptyHouse()
        let router = Router<Visit>.web()
        PlainRoutes(house: house, measures: Measures()).routes(on: router)
        await house.store.close()
        #expect(try await Browser(router).get("/readyz").status == 503)
        #expect(try await Browser(router).get("/healthz").status == 200)
    }
}
