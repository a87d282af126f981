package io.logitstream.cli.options;

import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Option of the commands that serve a status page. */
public final class PageOption {
    /** Takes the next argument only if it is a port, since it may be the name of a plan. */
    private static final class OptionalPort implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> arguments, ArgSpec option, CommandSpec command) {
            boolean given = !arguments.isEmpty() && arguments.peek().matches("\\d{1,9}");
            option.setValue(given ? Integer.valueOf(arguments.pop()) : Integer.valueOf(0));
        }
    }

    @Setting("page.port")
    @Option(
            names = "--page",
            paramLabel = "PORT",
            arity = "0..1",
            parameterConsumer = OptionalPort.class,
            description = "serve a live status page on 127.0.0.1: topic offsets, lag, training curves, finished runs;"
                    + " without PORT, on any free port")
    private Integer port;

    Integer port() {
        return port;
    }
}
