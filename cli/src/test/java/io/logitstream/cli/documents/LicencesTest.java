package io.logitstream.cli.documents;

import static org.assertj.core.api.Assertions.assertThat;

import io.logitstream.cli.testing.Repository;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LicencesTest {
    private static final String OWN_GROUP = Path.of("io", "logitstream").toString();

    @Test
    void everyLibraryIsListedWithItsLicence() throws IOException {
        String page = Files.readString(Repository.root().resolve("docs/reference/licences.md"));

        List<String> libraries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(LicencesTest::isOfARepository)
                .map(jar -> jar.getParent().getParent().getFileName().toString())
                .filter(name -> !page.matches("(?s).*:" + name.replace(".", "\\.") + "[,\\s].*"))
                .toList();

        assertThat(libraries)
                .as("libraries that docs/reference/licences.md does not list")
                .isEmpty();
    }

    /** Whether a jar lies as in a Maven repository, {@code artifact/version/artifact-version.jar}, and is not our own. */
    private static boolean isOfARepository(Path jar) {
        return jar.toString().endsWith(".jar")
                && jar.getNameCount() > 3
                && jar.getFileName()
                        .toString()
                        .startsWith(jar.getParent().getParent().getFileName() + "-")
                && !jar.startsWith(Repository.root())
                && !jar.toString().contains(OWN_GROUP)
                && !jar.getParent().getParent().getFileName().toString().startsWith("junit-platform-launcher");
    }
}
