package io.logitstream.cli;

import ai.djl.engine.EngineException;
import io.logitstream.cli.archive.ArchiveCommand;
import io.logitstream.cli.archive.RestoreCommand;
import io.logitstream.cli.commands.AnnounceCommand;
import io.logitstream.cli.commands.ClusterCommand;
import io.logitstream.cli.commands.DistillCommand;
import io.logitstream.cli.commands.EvaluateCommand;
import io.logitstream.cli.commands.ExploreCommand;
import io.logitstream.cli.commands.GenerateCommand;
import io.logitstream.cli.commands.InspectCommand;
import io.logitstream.cli.commands.LogitsCommand;
import io.logitstream.cli.commands.MonitorCommand;
import io.logitstream.cli.commands.PretrainCommand;
import io.logitstream.cli.commands.ProduceCommand;
import io.logitstream.cli.commands.PruneCommand;
import io.logitstream.cli.commands.ScalingCommand;
import io.logitstream.cli.commands.StatusCommand;
import io.logitstream.cli.commands.TeachCommand;
import io.logitstream.cli.commands.TokenizerCommand;
import io.logitstream.cli.commands.TopicsCommand;
import io.logitstream.cli.commands.TrainCommand;
import io.logitstream.cli.commands.VerifyCommand;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.Printable;
import io.logitstream.messages.Secrets;
import io.logitstream.messages.UsageException;
import io.logitstream.model.trial.ModelFailureText;
import io.logitstream.pipeline.report.Versions;
import io.logitstream.producers.corpus.source.LocaleEncoding;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.KafkaException;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * Entry point of the command line. Exit codes: 0 for success, 1 for a failure, 2 for a command line or a configuration
 * that cannot be used, 130 and 143 for a command that Ctrl-C or SIGTERM has stopped.
 */
@Command(
        name = "logitstream",
        mixinStandardHelpOptions = true,
        version = "logitstream " + Versions.LOGITSTREAM,
        description = "Pre-training distillation of language models on Apache Kafka.",
        subcommands = {
            DistillCommand.class,
            ExploreCommand.class,
            ScalingCommand.class,
            ProduceCommand.class,
            TeachCommand.class,
            TrainCommand.class,
            PretrainCommand.class,
            PruneCommand.class,
            AnnounceCommand.class,
            EvaluateCommand.class,
            InspectCommand.class,
            TokenizerCommand.class,
            LogitsCommand.class,
            GenerateCommand.class,
            ClusterCommand.class,
            TopicsCommand.class,
            StatusCommand.class,
            MonitorCommand.class,
            ArchiveCommand.class,
            RestoreCommand.class,
            VerifyCommand.class,
            CommandLine.HelpCommand.class,
            AutoComplete.GenerateCompletion.class
        },
        footer = {
            "",
            "Examples:",
            "  logitstream distill                            the whole pipeline on an embedded cluster",
            "  logitstream distill --corpus src/ --teacher my-teacher --out results-2",
            "  logitstream train --bootstrap-server broker:9092 \\",
            "      --schema-registry http://registry:8081 --out student",
            "",
            "A command's own options: logitstream help COMMAND",
            "Completion in this shell: source <(logitstream generate-completion)"
        })
public final class Logitstream implements Runnable {
    private static final int LONGEST_MESSAGE = 8000;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "no command is given");
    }

    /** Runs a command and exits with its code. */
    public static void main(String[] arguments) {
        Locale.setDefault(Locale.ROOT);
        int code = Arrays.stream(arguments)
                .filter(LocaleEncoding::isUnfit)
                .findFirst()
                .map(argument -> report(LocaleEncoding.unfit(argument), false))
                .orElseGet(() -> execute(arguments));
        System.out.flush();
        // No thread of Kafka or libtorch needs an explicit shutdown, and some of them would keep the process alive.
        Runtime.getRuntime().exit(code);
    }

    /**
     * Runs a command.
     *
     * @param arguments command line
     * @return exit code
     */
    public static int execute(String... arguments) {
        boolean stackTrace = Arrays.asList(arguments).contains("--stacktrace");
        try {
            return new CommandLine(new Logitstream())
                    .setParameterExceptionHandler((exception, given) -> report(exception))
                    .setExecutionExceptionHandler((exception, command, parsed) -> report(exception, stackTrace))
                    .execute(arguments);
        } catch (Error e) {
            // For example a native library that cannot be loaded, or no memory left.
            return report(e, stackTrace);
        }
    }

    private static int report(CommandLine.ParameterException exception) {
        String command = exception.getCommandLine().getCommandSpec().qualifiedName();
        System.err.println("logitstream: " + text(withoutClassNames(exception.getMessage())) + suggestion(exception)
                + "; see " + command + " --help");
        return UsageException.USAGE_EXIT_CODE;
    }

    private static String suggestion(CommandLine.ParameterException exception) {
        List<String> suggestions = exception instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions()
                : List.of();
        return suggestions.isEmpty() ? "" : "; did you mean " + String.join(", ", suggestions) + "?";
    }

    // Example: Invalid value for option '--seed': 'abc' is not a long (java.lang.NumberFormatException: ...)
    private static String withoutClassNames(String message) {
        return FailureText.of(new LogitstreamException(message.replaceAll("\\s*\\([\\w.]+Exception: .*\\)$", "")));
    }

    private static String text(String message) {
        return Printable.of(Secrets.masked(message), LONGEST_MESSAGE);
    }

    private static int report(Throwable exception, boolean stackTrace) {
        // An exception without a stack trace, such as the answer to SIGTERM, says all that it knows in its message.
        if (stackTrace && exception.getStackTrace().length > 0) {
            exception.printStackTrace();
        }
        System.err.println("logitstream: " + text(message(exception)));
        return exception instanceof LogitstreamException failure
                ? failure.exitCode()
                : LogitstreamException.FAILURE_EXIT_CODE;
    }

    private static String message(Throwable exception) {
        if (exception instanceof LogitstreamException) {
            return exception.getMessage();
        }
        if (exception instanceof KafkaException) {
            return "Kafka: " + FailureText.of(exception);
        }
        if (exception instanceof EngineException || exception instanceof OutOfMemoryError) {
            return ModelFailureText.of(exception);
        }
        return FailureText.of(exception) + " (unexpected; --stacktrace prints the stack trace)";
    }
}
