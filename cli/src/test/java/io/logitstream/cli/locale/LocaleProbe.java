package io.logitstream.cli.locale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Replaces logitstream's main class: prints its arguments and the file names in the folder given last. */
public final class LocaleProbe {
    private LocaleProbe() {}

    public static void main(String[] arguments) throws IOException {
        for (String argument : arguments) {
            System.out.println(argument);
        }
        try (Stream<Path> files = Files.list(Path.of(arguments[arguments.length - 1]))) {
            files.map(file -> file.getFileName().toString()).sorted().forEach(System.out::println);
        }
    }
}
