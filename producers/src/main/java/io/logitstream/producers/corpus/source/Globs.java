package io.logitstream.producers.corpus.source;

import io.logitstream.messages.UsageException;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;

/**
 * Globs with the JDK's syntax: * ? [ ] { }, and ** across folders, where **&#47; also matches no folder.
 */
public final class Globs {
    private Globs() {}

    /** Index of the first special character of a glob; -1 if there is none. */
    public static int firstSpecial(String text) {
        for (int i = 0; i < text.length(); i++) {
            if ("*?[{".indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Compiles a glob.
     *
     * @throws UsageException when it is invalid
     */
    public static PathMatcher matcher(String glob) {
        try {
            PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
            PathMatcher withoutFolders = FileSystems.getDefault().getPathMatcher("glob:" + glob.replace("**/", ""));
            return path -> matcher.matches(path) || withoutFolders.matches(path);
        } catch (PatternSyntaxException e) {
            throw new UsageException("'" + glob + "' is not a glob: " + e.getDescription());
        }
    }

    /**
     * Tests whether a path inside a folder or archive matches at least one of the globs; true for all paths if there
     * are none.
     */
    public static Predicate<String> including(List<String> globs) {
        List<Predicate<Path>> tests = globs.stream().map(Globs::test).toList();
        // Archives may contain names that are not paths.
        return name ->
                tests.isEmpty() || name.indexOf('\0') < 0 && tests.stream().anyMatch(test -> test.test(path(name)));
    }

    private static Path path(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw LocaleEncoding.unfit(name);
        }
    }

    private static Predicate<Path> test(String glob) {
        PathMatcher matcher = matcher(glob);
        return glob.contains("/") ? matcher::matches : path -> matcher.matches(path.getFileName());
    }
}
