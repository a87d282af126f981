package io.logitstream.exploration.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A headless browser, if one is installed; otherwise a test that needs it is skipped. */
public final class Browser {
    private Browser() {}

    /**
     * The DOM of a page after five seconds of the page's own (virtual) time.
     *
     * @param folder folder for the browser's files
     */
    public static String dom(Path folder, URI page) throws IOException, InterruptedException {
        return dom(folder, page, 1200);
    }

    /** The DOM of a page in a window of a given width; browsers have a minimum of about 500. */
    public static String dom(Path folder, URI page, int width) throws IOException, InterruptedException {
        String browser = Stream.of("chromium", "chromium-browser", "google-chrome")
                .flatMap(name -> Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(path -> path + "/" + name))
                .filter(path -> new File(path).canExecute())
                .findFirst()
                .orElse(null);
        assumeTrue(browser != null, "no Chromium is installed: the page is not opened in a browser");
        Path dom = folder.resolve("dom.html");
        Process process = new ProcessBuilder(
                        browser,
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-background-networking",
                        "--user-data-dir=" + folder.resolve("profile"),
                        "--window-size=" + width + ",900",
                        "--virtual-time-budget=5000",
                        "--dump-dom",
                        page.toString())
                .redirectOutput(dom.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("the browser ends")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(dom);
    }
}
