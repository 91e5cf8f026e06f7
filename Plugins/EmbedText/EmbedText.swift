import Foundation
import PackagePlugin

/// Puts the text files of a target's `Texts` folder (pages, styles, SQL) into the binary, as
/// `Embedded.files`.
@main struct EmbedText: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = target.directoryURL.appending(path: "Texts")
        let output = context.pluginWorkDirectoryURL.appending(path: "Embedded.swift")
        let inputs = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return [
            .buildCommand(
                displayName: "Embed \(target.name)/Texts",
                executable: try context.tool(named: "embed-text").url,
                arguments: [folder.path, output.path], inputFiles: inputs, outputFiles: [output])
        ]
    }
}
