import CoreMetrics
import Metrics
import Synchronization

/// What the house measures about itself, as Prometheus reads it (text format 0.0.4).
///
/// Series have a bound: one past it is measured into nothing, and counted in `tallystick_series_dropped`.
package final class Measures: MetricsFactory {
    static let seriesMax = 2000

    private let series = Mutex<[Key: any Series]>([:])
    private let dropped = Atomic<Int>(0)
    private let gauges = Mutex<[String: @Sendable () -> Double]>([:])

    package init() {}

    struct Key: Hashable {
        let name: String
        /// `method="GET",status="200"`, or empty.
        let labels: String
        let kind: Kind
    }

    enum Kind: String {
        case counter, gauge, histogram
    }

    /// A value that is looked up when someone asks.
    package func gauge(_ name: String, _ value: @escaping @Sendable () -> Double) {
        gauges.withLock { $0[Self.clean(name)] = value }
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions, .counter, Count.init)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { find(label, dimensions, .counter, Sum.init) }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions, .gauge, Level.init)
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else { return find(label, dimensions, .gauge, Level.init) }
        return find(label, dimensions, .histogram, Spread.init)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions, .histogram, Spread.init)
    }

    // Series live as long as the process: a counter that starts anew would look like a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func find<Found: Series>(
        _ label: String, _ dimensions: [(String, String)], _ kind: Kind, _ make: () -> Found
    ) -> Found {
        let labels = dimensions.map { "\(Self.clean($0.0))=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        let key = Key(name: Self.clean(label), labels: labels, kind: kind)
        return series.withLock { series in
            if let found = series[key] as? Found { return found }
            let made = make()
            // The same name as another kind would be two types in one answer.
            guard series.count < Self.seriesMax, series[key] == nil else {
                dropped.add(1, ordering: .relaxed)
                return made
            }
            series[key] = made
            return made
        }
    }

    /// Names are letters, digits and `_`.
    private static func clean(_ name: String) -> String {
        String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n", "\r\n": text += "\\n"
            default: text.append(character)
            }
        }
    }
}

extension Measures {
    /// The answer to a scrape.
    package func text() -> String {
        var out = ""
        var last = ""
        for (key, value) in series.withLock({ Array($0) }).sorted(by: {
            ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels)
        }) {
            let name = key.kind == .counter && !key.name.hasSuffix("_total") ? key.name + "_total" : key.name
            if name != last { out += "# TYPE \(name) \(key.kind.rawValue)\n" }
            last = name
            value.write(name, key.labels, to: &out)
        }
        for (name, value) in gauges.withLock({ Array($0) }).sorted(by: { $0.key < $1.key }) {
            out += "# TYPE \(name) gauge\n\(name) \(value())\n"
        }
        out += "# TYPE tallystick_series_dropped gauge\n"
        return out + "tallystick_series_dropped \(dropped.load(ordering: .relaxed))\n"
    }
}

protocol Series: AnyObject, Sendable {
    func write(_ name: String, _ labels: String, to out: inout String)
}

extension Series {
    fileprivate func line(_ name: String, _ labels: String, _ value: some CustomStringConvertible) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }
}

private final class Count: CounterHandler, Series {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func write(_ name: String, _ labels: String, to out: inout String) {
        out += line(name, labels, value.load(ordering: .relaxed))
    }
}

private final class Sum: FloatingPointCounterHandler, Series {
    private let value = Mutex(0.0)

    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: String, to out: inout String) {
        out += line(name, labels, value.withLock { $0 })
    }
}

private final class Level: MeterHandler, RecorderHandler, Series {
    private let value = Mutex(0.0)

    func set(_ level: Int64) { value.withLock { $0 = Double(level) } }
    func set(_ level: Double) { value.withLock { $0 = level } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ level: Int64) { set(level) }
    func record(_ level: Double) { set(level) }

    func write(_ name: String, _ labels: String, to out: inout String) {
        out += line(name, labels, value.withLock { $0 })
    }
}

/// A histogram; its buckets suit seconds of a request.
private final class Spread: TimerHandler, RecorderHandler, Series {
    private static let limits = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct State {
        /// One a limit, and one for what is beyond the last.
        var counts = [Int](repeating: 0, count: limits.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let place = Self.limits.firstIndex { value <= $0 } ?? Self.limits.count
        state.withLock {
            $0.counts[place] += 1
            $0.sum += value
        }
    }

    func write(_ name: String, _ labels: String, to out: inout String) {
        let state = state.withLock { $0 }
        let before = labels.isEmpty ? "" : labels + ","
        var total = 0
        for (limit, count) in zip(Self.limits.map { "\($0)" } + ["+Inf"], state.counts) {
            total += count
            out += line(name + "_bucket", "\(before)le=\"\(limit)\"", total)
        }
        out += line(name + "_sum", labels, state.sum)
        out += line(name + "_count", labels, total)
    }
}
