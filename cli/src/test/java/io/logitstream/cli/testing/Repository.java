package io.logitstream.cli.testing;

import java.nio.file.Files;
import java.nio.file.Path;

/** Root folder of the repository, found from the working directory of the test. */
public final class Repository {
    private Repository() {}

    public static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("student-consumer/pom.xml"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("the tests do not run inside the repository");
            }
        }
        return folder;
    }
}
