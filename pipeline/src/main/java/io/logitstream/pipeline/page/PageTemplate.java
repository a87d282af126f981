package io.logitstream.pipeline.page;

import io.logitstream.files.Sha256;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** HTML pages with inlined style, scripts and plot library, which load nothing from the network. */
public final class PageTemplate {
    private static final List<String> SCRIPTS = List.of(
            "plot.js",
            "report-view.js",
            "report-tables.js",
            "report-axes.js",
            "report-curves.js",
            "report-front.js",
            "report.js");

    private static final Pattern PLACEHOLDER = Pattern.compile("@([A-Z]+)@");
    private static final String PLOT_FOLDER = plotFolder();
    /** uPlot from its webjar, with its licence. */
    private static final String PLOT =
            "/*!\n" + resource(PLOT_FOLDER + "LICENSE") + "*/\n" + resource(PLOT_FOLDER + "dist/uPlot.iife.min.js");

    private static final String PLOT_STYLE = resource(PLOT_FOLDER + "dist/uPlot.min.css");

    private PageTemplate() {}

    /** The live page of a running command, which polls its server for all data. */
    public static String live(String title) {
        return html("live.html", title, "live.js", "");
    }

    /**
     * Fills a template.
     *
     * @param template resource name of the template
     * @param title title of the page
     * @param lastScript resource name of the script that runs after the shared ones
     * @param data JSON for the page, safe inside a script element
     */
    public static String html(String template, String title, String lastScript, String data) {
        String script = script(lastScript);
        Map<String, String> values = Map.of(
                "TITLE",
                escaped(String.valueOf(title)),
                "CSS",
                PLOT_STYLE + resource("report.css"),
                "SCRIPT",
                script,
                "SCRIPTHASH",
                hash(script),
                "DATA",
                data);
        // A single pass, so that a placeholder in a title or in the data is not replaced.
        return PLACEHOLDER
                .matcher(resource(template))
                .replaceAll(place -> Matcher.quoteReplacement(values.get(place.group(1))));
    }

    private static String script(String last) {
        return "\n" + PLOT + SCRIPTS.stream().map(PageTemplate::resource).collect(Collectors.joining("\n")) + "\n"
                + resource(last);
    }

    // The page's content security policy allows only this script, and nothing loaded from elsewhere.
    private static String hash(String script) {
        return Base64.getEncoder().encodeToString(Sha256.digest(script));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    private static String plotFolder() {
        Properties properties = new Properties();
        try (Reader in = new StringReader(resource("/META-INF/maven/org.webjars.npm/uplot/pom.properties"))) {
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return "/META-INF/resources/webjars/uplot/" + properties.getProperty("version") + "/";
    }

    private static String resource(String name) {
        try (InputStream in = PageTemplate.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new LogitstreamException(name + " cannot be read: " + FailureText.of(e), e);
        }
    }
}
