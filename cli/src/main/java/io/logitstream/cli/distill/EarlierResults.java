package io.logitstream.cli.distill;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.files.AtomicFile;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Results of a run that a training with other settings would overwrite. The summary and the report become {@code
 * summary-1.json} and {@code report-1.html}, and students that are trained again {@code students-1/NAME}, with the next
 * free number each time.
 */
public final class EarlierResults {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SUMMARY = "summary.json";
    private static final String REPORT = "report.html";
    private static final String STUDENTS = "students";

    private final Path out;

    /** @param out output folder of the run */
    public EarlierResults(Path out) {
        this.out = out;
    }

    /**
     * Moves the results aside. The summary and the report stay if the students and their settings are the same.
     *
     * @param students names of all current students
     * @param changed those of them whose folder holds a run with other settings
     * @return new names, relative to the folder; empty if nothing was moved
     */
    public List<String> putAside(Collection<String> students, Collection<String> changed) {
        List<String> aside = new ArrayList<>();
        try {
            if (changed.isEmpty() && students(out.resolve(SUMMARY)).equals(new TreeSet<>(students))) {
                return aside;
            }
            int number = 1;
            while (Stream.of(name(SUMMARY, number), name(REPORT, number), STUDENTS + "-" + number)
                    .anyMatch(name -> Files.exists(out.resolve(name)))) {
                number++;
            }
            move(SUMMARY, name(SUMMARY, number), aside);
            move(REPORT, name(REPORT, number), aside);
            for (String name : changed) {
                Files.createDirectories(out.resolve(STUDENTS + "-" + number));
                move(STUDENTS + "/" + name, STUDENTS + "-" + number + "/" + name, aside);
            }
            return aside;
        } catch (IOException e) {
            throw new LogitstreamException(
                    "the earlier results in " + out.toAbsolutePath() + " cannot be put aside: " + FailureText.of(e), e);
        }
    }

    private void move(String from, String to, List<String> moved) throws IOException {
        if (Files.exists(out.resolve(from))) {
            AtomicFile.move(out.resolve(from), out.resolve(to));
            moved.add(to);
        }
    }

    private static Set<String> students(Path summary) throws IOException {
        Set<String> names = new TreeSet<>();
        if (Files.exists(summary)) {
            JSON.readTree(summary.toFile()).path(STUDENTS).fieldNames().forEachRemaining(names::add);
        }
        return names;
    }

    private static String name(String file, int number) {
        return file.replace(".", "-" + number + ".");
    }
}
