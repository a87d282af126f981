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
 * SHA-256 digests of a folder's files, which reveal bit rot and edits. {@value #SUMS} has the format of the tool
 * {@code sha256sum} and can be checked with {@code sha256sum -c}.
 */
public final class FileDigests {
    /** Name of the file with the digests of all other files in its folder. */
    public static final String SUMS = "SHA256SUMS";

    /** Maximum size of the list in bytes. A model has about ten files. */
    private static final long LARGEST_SUMS = 1 << 20;

    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *]([^/\\\\\\p{Cntrl}]+)");

    private FileDigests() {}

    /** Computes the digests of files in parallel, by file name. */
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

    /** Computes the digests of all files of a folder except {@value #SUMS}. */
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
     * @return digests by file name, or null if the folder has no list
     * @throws IOException if the list cannot be read or has a line of another form
     */
    public static Map<String, String> read(Path folder) throws IOException {
        Path sums = folder.resolve(SUMS);
        if (!Files.isRegularFile(sums)) {
            return null;
        }
        if (Files.size(sums) > LARGEST_SUMS) {
            throw new IOException(SUMS + " has " + Files.size(sums) + " bytes, more than the limit of " + LARGEST_SUMS);
        }
        Map<String, String> digests = new TreeMap<>();
        String text = new String(Files.readAllBytes(sums), StandardCharsets.UTF_8);
        for (String line : text.lines().toList()) {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new IOException(
                        "line " + (digests.size() + 1) + " of " + SUMS + " is not a digest followed by a file name");
            }
            digests.put(matcher.group(2), matcher.group(1));
        }
        return digests;
    }

    /**
     * Compares the files of a folder with their digests.
     *
     * @return one text for each file that is missing or has another content
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
