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

/** HTML pages with style, scripts and the plot library inlined, so that a page needs no network. */
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

    /** The live page of a running command, which asks its server for everything. */
    public static String live(String title) {
        return html("live.html", title, "live.js", "");
    }

    /**
     * Fills a template.
     *
     * @param template name of the template's resource
     * @param title title of the page
     * @param lastScript resource of the script that runs after the shared ones
     * @param data JSON for the page, safe within a script element
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
        // One pass, so that no placeholder in a title or in the data is replaced.
        return PLACEHOLDER
                .matcher(resource(template))
                .replaceAll(place -> Matcher.quoteReplacement(values.get(place.group(1))));
    }

    private static String script(String last) {
        return "\n" + PLOT + SCRIPTS.stream().map(PageTemplate::resource).collect(Collectors.joining("\n")) + "\n"
                + resource(last);
    }

    // The content security policy of the page allows this script alone, and nothing that loads from elsewhere.
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
