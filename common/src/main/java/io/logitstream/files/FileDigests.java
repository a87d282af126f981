package io.logitstream.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * SHA-256 digests of a folder's files, by which bit rot and edits show. {@value #SUMS} has the format of the tool
 * {@code sha256sum}, which checks it with {@code sha256sum -c}.
 */
public final class FileDigests {
    /** File with the digests of the others in its folder. */
    public static final String SUMS = "SHA256SUMS";

    /** Bytes of the largest list of digests; a model has some ten files. */
    private static final long LARGEST_SUMS = 1 << 20;

    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *]([^/\\\\\\p{Cntrl}]+)");

    private FileDigests() {}

    /** Digests of files, in parallel, by their names. */
    public static Map<String, String> of(Collection<Path> files) throws IOException {
        Map<String, String> digests = new ConcurrentSkipListMap<>();
        try {
            files.parallelStream().forEach(file -> {
                try {
                    digests.put(file.getFileName().toString(), Sha256.hex(file));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new TreeMap<>(digests);
    }

    /** Digests of all files of a folder but {@value #SUMS}. */
    public static Map<String, String> ofFolder(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return of(files.filter(Files::isRegularFile)
                    .filter(file -> !file.getFileName().toString().equals(SUMS))
                    .toList());
        }
    }

    /** Writes {@value #SUMS} for all other files of a folder. */
    public static void write(Path folder) throws IOException {
        StringBuilder lines = new StringBuilder();
        ofFolder(folder)
                .forEach((name, digest) ->
                        lines.append(digest).append("  ").append(name).append('\n'));
        AtomicFile.replace(folder.resolve(SUMS), lines.toString());
    }

    /**
     * Reads {@value #SUMS}.
     *
     * @return digests by name of the file; null where there is no list
     * @throws IOException when it cannot be read, or is no list of files of its own folder
     */
    public static Map<String, String> read(Path folder) throws IOException {
        Path sums = folder.resolve(SUMS);
        if (!Files.isRegularFile(sums)) {
            return null;
        }
        if (Files.size(sums) > LARGEST_SUMS) {
            throw new IOException(SUMS + " has " + Files.size(sums) + " bytes, more than a list of a model's files");
        }
        Map<String, String> digests = new TreeMap<>();
        String text = new String(Files.readAllBytes(sums), StandardCharsets.UTF_8);
        for (String line : text.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IOException(
                        "line " + (digests.size() + 1) + " of " + SUMS + " is no digest and name of a file");
            }
            digests.put(matcher.group(2), matcher.group(1));
        }
        return digests;
    }

    /**
     * Files of a folder that are not as their digests say.
     *
     * @return one text for each: its name, and whether it is missing or another one
     */
    public static List<String> differences(Path folder, Map<String, String> digests) throws IOException {
        List<Path> there = digests.keySet().stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .toList();
        Map<String, String> now = of(there);
        List<String> differences = new ArrayList<>();
        digests.forEach((name, digest) -> {
            if (!now.containsKey(name)) {
                differences.add(name + " is missing");
            } else if (!now.get(name).equals(digest)) {
                differences.add(name + " is not as it was written (its SHA-256 differs)");
            }
        });
        return differences;
    }
}
