// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Rooms whose loops are hot are optimised in debug builds too, so that tests run at the speed of the product.
let fast = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A room: one target, its folder, the rooms it stands on and the products it uses.
func room(
    _ name: String, in wing: String = "", on rooms: [String] = [], using products: [Target.Dependency] = [],
    plugins: [Target.PluginUsage] = [], settings: [SwiftSetting] = strict
) -> Target {
    .target(
        name: name, dependencies: rooms.map { .init(stringLiteral: $0) } + products,
        path: "Sources/\(wing)\(name)", swiftSettings: settings, plugins: plugins)
}

func tests(
    _ name: String, of rooms: [String], using products: [Target.Dependency] = [],
    beside folders: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: rooms.map { .init(stringLiteral: $0) } + products, path: "Tests/\(name)",
        exclude: folders, swiftSettings: strict)
}

/// What several test targets need.
func support(_ name: String, of rooms: [String]) -> Target {
    .target(
        name: name, dependencies: rooms.map { .init(stringLiteral: $0) }, path: "Tests/\(name)",
        swiftSettings: strict)
}

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let domain = [
    "Access", "Programs", "Partners", "Tracking", "Conversions", "Commissions", "Ledger", "Payouts",
    "Recording",
    "Reports",
]

let package = Package(
    name: "tallystick",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "tallystick", targets: ["tallystick"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: [
        .executableTarget(name: "embed-text", path: "Plugins/embed-text", swiftSettings: strict),
        .plugin(name: "EmbedText", capability: .buildTool(), dependencies: ["embed-text"]),

        // Base
        room("Values", in: "Base/", using: [crypto], settings: fast),
        room(
            "Store", in: "Base/", on: ["Values"], using: [grdb, sqlite, crypto], plugins: ["EmbedText"],
            settings: fast),
        room("Work", in: "Base/", on: ["Values", "Store"], using: [crypto], settings: fast),

        // Engine: pure
        room("Engine", in: "Engine/", on: ["Values"], settings: fast),
        room("Facts", in: "Engine/", on: ["Values", "Engine"], settings: fast),
        room("Terms", in: "Engine/", on: ["Values", "Engine", "Facts"], using: [yams]),
        room("Replay", in: "Engine/", on: ["Values", "Engine", "Facts", "Terms"], settings: fast),

        // Domain
        room("Access", in: "Domain/", on: ["Values", "Store", "Work"], using: [crypto]),
        room(
            "Programs", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay"]),
        room("Partners", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Replay"]),
        room(
            "Tracking", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Replay"],
            using: [crypto], settings: fast),
        room(
            "Ledger", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Replay"],
            settings: fast),
        room(
            "Commissions", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Replay"],
            settings: fast),
        room(
            "Conversions", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Replay"],
            settings: fast),
        room(
            "Payouts", in: "Domain/", on: ["Values", "Store", "Work", "Engine", "Facts", "Replay", "Ledger"]),
        room(
            "Recording", in: "Domain/",
            on: [
                "Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay", "Programs", "Partners",
                "Tracking", "Ledger",
                "Commissions", "Conversions", "Payouts",
            ], settings: fast),
        room(
            "Reports", in: "Domain/",
            on: [
                "Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay", "Programs", "Partners",
                "Tracking", "Ledger",
                "Commissions", "Conversions", "Payouts", "Recording",
            ]),

        room("Demo", in: "Domain/", on: ["Values"], plugins: ["EmbedText"]),

        // Faces
        room(
            "Web", in: "Faces/", on: ["Values", "Store", "Work", "Access"],
            using: [hummingbird, mustache, logging, metrics], plugins: ["EmbedText"]),
        room(
            "Console", in: "Faces/", on: ["Values", "Store", "Work", "Web"] + domain,
            using: [hummingbird, mustache], plugins: ["EmbedText"]),
        room(
            "API", in: "Faces/", on: ["Values", "Store", "Work", "Facts", "Replay", "Web"] + domain,
            using: [hummingbird]),
        room(
            "Tracker", in: "Faces/", on: ["Values", "Store", "Work", "Tracking", "Web"], using: [hummingbird]),

        // The house and its door
        room(
            "Server", on: ["Values", "Store", "Work", "Web", "Console", "API", "Tracker"] + domain,
            using: [hummingbird, hummingbirdCore, logging, metrics, lifecycle]),
        .executableTarget(
            name: "tallystick",
            dependencies: [
                "Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay", "Server", "Access",
                "Programs", "Partners",
                "Tracking", "Conversions", "Commissions", "Ledger", "Payouts", "Recording", "Reports", "Demo",
                "Web", arguments, logging,
            ], path: "Sources/Command", swiftSettings: strict),

        .executableTarget(
            name: "bench-engine", dependencies: ["Values", "Engine", "Facts", "Terms"],
            path: "Benchmarks/Engine", swiftSettings: strict),

        support("TestStores", of: ["Values", "Store"]),
        support("TestPlans", of: ["Values", "Engine", "Facts", "Terms"]),
        tests("ValuesTests", of: ["Values"]),
        tests("StoreTests", of: ["Values", "Store", "TestStores"]),
        tests("EngineTests", of: ["Values", "Engine", "Facts", "Terms", "Replay", "TestPlans"]),
        tests("TermsTests", of: ["Terms", "Facts", "Engine", "Values"]),
        tests("TidyTests", of: ["Store", "TestStores"]),
        tests("CommandTests", of: ["Values", "Store", "TestStores"], beside: ["Cases"]),
        tests(
            "RecordingTests",
            of: [
                "Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay", "TestPlans", "TestStores",
            ] + domain),
        tests(
            "ReportsTests",
            of: ["Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay", "Demo", "TestStores"]
                + domain),
        tests(
            "JourneyTests",
            of: [
                "Values", "Store", "Work", "Engine", "Facts", "Terms", "Replay", "Server", "API", "Tracker",
                "Web", "TestStores",
            ] + domain,
            using: [hummingbird, hummingbirdCore, logging]),
        tests("DemoTests", of: ["Demo", "Values", "Facts", "Terms", "Engine", "Replay"]),
        tests("AccessTests", of: ["Values", "Store", "Work", "Access", "TestStores"]),
        tests(
            "WebTests",
            of: ["Values", "Store", "Work", "Replay", "Access", "Reports", "Web", "Console", "TestStores"],
            using: [hummingbird, logging, metrics]),
        tests("PayoutsTests", of: ["Payouts", "Values", "Facts"]),
    ],
    swiftLanguageModes: [.v6]
)
