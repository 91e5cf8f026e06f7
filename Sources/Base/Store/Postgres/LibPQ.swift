import Foundation

/// The functions of PostgreSQL's own client library that we call.
///
/// It is loaded when a `postgres://` address is opened, so that a house on SQLite does not need it. Its
/// constants stand in `libpq-fe.h` and never change: they are part of the binary interface.
struct LibPQ: Sendable {
    typealias Connection = OpaquePointer
    typealias Result = OpaquePointer
    typealias Text = UnsafePointer<CChar>
    typealias Texts = UnsafePointer<UnsafePointer<CChar>?>

    // The connection.
    let connect: @convention(c) @Sendable (Texts?, Texts?, Int32) -> Connection?
    let finish: @convention(c) @Sendable (Connection) -> Void
    let status: @convention(c) @Sendable (Connection) -> Int32
    let errorMessage: @convention(c) @Sendable (Connection) -> Text?
    let socket: @convention(c) @Sendable (Connection) -> Int32
    let backendPID: @convention(c) @Sendable (Connection) -> Int32
    let serverVersion: @convention(c) @Sendable (Connection) -> Int32
    let serverSetting: @convention(c) @Sendable (Connection, Text) -> Text?
    let setNoticeReceiver:
        @convention(c) @Sendable (
            Connection, (@convention(c) (UnsafeMutableRawPointer?, Result?) -> Void)?,
            UnsafeMutableRawPointer?
        ) -> UnsafeMutableRawPointer?
    let parse:
        @convention(c) @Sendable (Text, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) ->
            UnsafeMutableRawPointer?
    let freeParsed: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void
    let free: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void

    // Sending. A pipeline carries several statements in one round trip.
    let send: @convention(c) @Sendable (Connection, Text) -> Int32
    let sendParameters:
        @convention(c) @Sendable (
            Connection, Text, Int32, UnsafePointer<UInt32>?, Texts?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?, Int32
        ) -> Int32
    let sendPrepare: @convention(c) @Sendable (Connection, Text, Text, Int32, UnsafePointer<UInt32>?) -> Int32
    let sendPrepared:
        @convention(c) @Sendable (
            Connection, Text, Int32, Texts?, UnsafePointer<Int32>?, UnsafePointer<Int32>?, Int32
        ) -> Int32
    let enterPipeline: @convention(c) @Sendable (Connection) -> Int32
    let exitPipeline: @convention(c) @Sendable (Connection) -> Int32
    let pipelineSync: @convention(c) @Sendable (Connection) -> Int32
    let putCopyData: @convention(c) @Sendable (Connection, Text, Int32) -> Int32
    let putCopyEnd: @convention(c) @Sendable (Connection, Text?) -> Int32

    // Receiving.
    let isBusy: @convention(c) @Sendable (Connection) -> Int32
    let consumeInput: @convention(c) @Sendable (Connection) -> Int32
    let nextResult: @convention(c) @Sendable (Connection) -> Result?
    let notifies: @convention(c) @Sendable (Connection) -> UnsafeMutableRawPointer?

    // A result.
    let clear: @convention(c) @Sendable (Result) -> Void
    let resultStatus: @convention(c) @Sendable (Result) -> Int32
    let resultField: @convention(c) @Sendable (Result, Int32) -> Text?
    let rowCount: @convention(c) @Sendable (Result) -> Int32
    let columnCount: @convention(c) @Sendable (Result) -> Int32
    let columnName: @convention(c) @Sendable (Result, Int32) -> Text?
    let columnType: @convention(c) @Sendable (Result, Int32) -> UInt32
    let value: @convention(c) @Sendable (Result, Int32, Int32) -> Text?
    let isNull: @convention(c) @Sendable (Result, Int32, Int32) -> Int32
    let length: @convention(c) @Sendable (Result, Int32, Int32) -> Int32
    let commandStatus: @convention(c) @Sendable (Result) -> Text?
    let commandRows: @convention(c) @Sendable (Result) -> Text?

    /// The library of this machine, or why there is none.
    static let ofThisMachine = Swift.Result { () throws(StoreError) in try LibPQ(name: "libpq.so.5") }

    /// - Throws: `StoreError.cannotOpen`, as a sentence that says what to install.
    init(name: String) throws(StoreError) {
        guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
            throw .cannotOpen("\(name) is not installed (Debian: libpq5)")
        }
        let symbols = Symbols(library: library, name: name)
        connect = try symbols.find("PQconnectdbParams")
        finish = try symbols.find("PQfinish")
        status = try symbols.find("PQstatus")
        errorMessage = try symbols.find("PQerrorMessage")
        socket = try symbols.find("PQsocket")
        backendPID = try symbols.find("PQbackendPID")
        serverVersion = try symbols.find("PQserverVersion")
        serverSetting = try symbols.find("PQparameterStatus")
        setNoticeReceiver = try symbols.find("PQsetNoticeReceiver")
        parse = try symbols.find("PQconninfoParse")
        freeParsed = try symbols.find("PQconninfoFree")
        free = try symbols.find("PQfreemem")
        send = try symbols.find("PQsendQuery")
        sendParameters = try symbols.find("PQsendQueryParams")
        sendPrepare = try symbols.find("PQsendPrepare")
        sendPrepared = try symbols.find("PQsendQueryPrepared")
        enterPipeline = try symbols.find("PQenterPipelineMode")
        exitPipeline = try symbols.find("PQexitPipelineMode")
        pipelineSync = try symbols.find("PQpipelineSync")
        putCopyData = try symbols.find("PQputCopyData")
        putCopyEnd = try symbols.find("PQputCopyEnd")
        isBusy = try symbols.find("PQisBusy")
        consumeInput = try symbols.find("PQconsumeInput")
        nextResult = try symbols.find("PQgetResult")
        notifies = try symbols.find("PQnotifies")
        clear = try symbols.find("PQclear")
        resultStatus = try symbols.find("PQresultStatus")
        resultField = try symbols.find("PQresultErrorField")
        rowCount = try symbols.find("PQntuples")
        columnCount = try symbols.find("PQnfields")
        columnName = try symbols.find("PQfname")
        columnType = try symbols.find("PQftype")
        value = try symbols.find("PQgetvalue")
        isNull = try symbols.find("PQgetisnull")
        length = try symbols.find("PQgetlength")
        commandStatus = try symbols.find("PQcmdStatus")
        commandRows = try symbols.find("PQcmdTuples")
    }

    private struct Symbols {
        let library: UnsafeMutableRawPointer
        let name: String

        func find<Function>(_ symbol: String) throws(StoreError) -> Function {
            guard let address = dlsym(library, symbol) else {
                throw .cannotOpen("\(name) has no \(symbol): it is older than PostgreSQL 14 (Debian: libpq5)")
            }
            return unsafeBitCast(address, to: Function.self)
        }
    }

    /// `ConnStatusType`.
    static let connectionIsGood: Int32 = 0

    /// `ExecStatusType`.
    enum Status: Int32 {
        case emptyQuery = 0
        case commandOK, tuplesOK, copyOut, copyIn, badResponse, notice, failure, copyBoth
        case singleTuple, pipelineSync, pipelineAborted
    }

    /// `PG_DIAG_…` of `postgres_ext.h`.
    enum Field: Character {
        case sqlState = "C"
        case message = "M"
        case detail = "D"
        case table = "t"
        case constraint = "n"

        var code: Int32 { Int32(rawValue.asciiValue ?? 0) }
    }

    /// The number of a type in `pg_type`, which never changes.
    enum TypeNumber {
        static let bool: UInt32 = 16
        static let name: UInt32 = 19
        static let int8: UInt32 = 20
        static let int2: UInt32 = 21
        static let int4: UInt32 = 23
        static let text: UInt32 = 25
        static let float4: UInt32 = 700
        static let float8: UInt32 = 701
        static let unknown: UInt32 = 705
        static let bpchar: UInt32 = 1042
        static let varchar: UInt32 = 1043
        static let void: UInt32 = 2278
        static let xid8: UInt32 = 5069
    }
}
