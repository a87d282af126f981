package io.logitstream.cli.documents;

import io.logitstream.cli.testing.Repository;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The Markdown files of the repository and what they name. */
public final class Documents {
    private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```");
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

    /**
     * A command that a document shows.
     *
     * @param place file and line
     * @param text the command line, without comments and with the values of variables
     */
    public record Command(String place, String text) {}

    /**
     * A part of a document.
     *
     * @param file path from the root of the repository
     * @param text the part, whose line breaks are spaces
     */
    record Mention(Path file, String text) {}

    private Documents() {}

    /** All Markdown files, as paths from the root of the repository. */
    static List<Path> files() {
        Path root = Repository.root();
        try (Stream<Path> all = Files.walk(root)) {
            return all.map(root::relativize)
                    .filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> Stream.of(file.toString().split("[/\\\\]")).noneMatch(Documents::isGenerated))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isGenerated(String name) {
        return List.of("target", "node_modules", "results", "explorations").contains(name) || name.startsWith(".");
    }

    static String text(Path file) {
        try {
            return Files.readString(Repository.root().resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of a file without its blocks of code. */
    static String prose(Path file) {
        return FENCED.matcher(text(file)).replaceAll("");
    }

    /** All code spans of all files. */
    static List<Mention> spans() {
        return files().stream()
                .flatMap(file -> SPAN.matcher(prose(file))
                        .results()
                        .map(match -> new Mention(file, match.group(1).replaceAll("\\s+", " "))))
                .toList();
    }

    /** Matches of a pattern's first group in whole files, blocks of code included. */
    static List<Mention> matches(Pattern pattern) {
        return files().stream()
                .flatMap(file -> pattern.matcher(text(file)).results().map(match -> new Mention(file, match.group(1))))
                .toList();
    }

    /** The commands that the documents show, as {@code docs/test/list} prints them. */
    public static List<Command> commands() {
        return run("docs/test/list")
                .lines()
                .map(line -> line.split("\t", 2))
                .map(line -> new Command(line[0], line[1]))
                .toList();
    }

    /** The output of a script of the repository, which must end well. */
    static String run(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Repository.root().toFile())
                .redirectErrorStream(true);
        try {
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(
                        Arrays.toString(command) + " ends with " + process.exitValue() + ":\n" + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The anchors that the headings of a file have, as GitHub makes them. */
    static Set<String> anchors(Path file) {
        Matcher headings = Pattern.compile("(?m)^#+ +(.*)$").matcher(prose(file));
        return headings.results()
                .map(match -> match.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
