import ArgumentParser
import GRDBSQLite

@main struct Tallystick: ParsableCommand {
    func run() { print(String(cString: sqlite3_libversion())) }
}
