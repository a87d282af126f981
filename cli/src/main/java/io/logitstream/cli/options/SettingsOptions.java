package io.logitstream.cli.options;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.Secrets;
import io.logitstream.pipeline.config.ConfigFile;
import io.logitstream.pipeline.config.Defaults;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.report.CommandLineText;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of every command that has a configuration. */
public class SettingsOptions {
    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "one configuration value, as in --set training.seed=2; wins over a file. May be repeated")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--stacktrace", description = "show where an error comes from")
    private boolean stackTrace;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    /** The command line that was given, for a report. */
    public final String commandLine() {
        return Secrets.masked(
                CommandLineText.of(command.root().commandLine().getParseResult().originalArgs()));
    }

    /** The settings of --set. */
    public final List<String> settings() {
        return settings;
    }

    /** The configuration: what the command's options say, over --set, over a file, over the defaults. */
    public final LogitstreamConfig load() {
        return load(List.of(), List.of());
    }

    /**
     * As the other, for commands whose options are settings only together, or that have defaults of their own.
     *
     * @param flags settings that the command has made from its options
     * @param defaults settings of the command below all others
     */
    public final LogitstreamConfig load(List<String> flags, List<String> defaults) {
        SettingFlags given = SettingFlags.of(command);
        ObjectNode chosen = file();
        ConfigFile.set(chosen, settings);
        ConfigFile.set(chosen, given.settings());
        ConfigFile.set(chosen, flags);
        ObjectNode tree = Defaults.suiting(chosen);
        ConfigFile.set(tree, defaults);
        ConfigFile.merge(tree, chosen);
        return ConfigFile.bind(tree, given.ofStudents());
    }

    /** The settings of a file, none here. */
    ObjectNode file() {
        return ConfigFile.empty();
    }
}
