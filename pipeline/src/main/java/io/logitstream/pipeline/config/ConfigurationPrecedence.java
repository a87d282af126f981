package io.logitstream.pipeline.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.teacher.config.SelectionConfig;
import java.util.List;

/**
 * Precedence of the sources that a configuration comes from, lowest first:
 *
 * <ol>
 *   <li>the defaults: those of the records, and those that name files of the installation ({@link BundledDefaults})
 *   <li>the command's own defaults
 *   <li>the configuration file, or the settings of an exploration's variant
 *   <li>{@code --set KEY=VALUE}, in the order given
 *   <li>the command's flags
 * </ol>
 *
 * <p>The sources are merged key by key, and the result is bound to {@link LogitstreamConfig} once; code that needs other
 * values uses the {@code with} methods of the records. A named student starts from the merged top level and has its own
 * keys, {@code students.NAME}, over it; flags for students win over those as well.
 */
public final class ConfigurationPrecedence {
    private SettingValues commandDefaults = new SettingValues();
    private ObjectNode file = ConfigFile.empty();
    private List<String> assignments = List.of();
    private SettingValues flags = new SettingValues();
    private SettingValues studentFlags = new SettingValues();

    /** Sets the command's own defaults. */
    public ConfigurationPrecedence commandDefaults(SettingValues values) {
        commandDefaults = values;
        return this;
    }

    /** Sets the settings of the configuration file. */
    public ConfigurationPrecedence file(ObjectNode settings) {
        file = settings;
        return this;
    }

    /**
     * Sets the values of {@code --set}.
     *
     * @param keyValues each {@code KEY=VALUE}
     */
    public ConfigurationPrecedence set(List<String> keyValues) {
        assignments = keyValues;
        return this;
    }

    /** Sets the values of the command's flags. */
    public ConfigurationPrecedence flags(SettingValues values) {
        flags = values;
        return this;
    }

    /** Sets those of the flags' values that win over what named students have of their own as well. */
    public ConfigurationPrecedence studentFlags(SettingValues values) {
        studentFlags = values;
        return this;
    }

    /**
     * Whether the file, {@code --set} or a flag gives a key a value other than null.
     *
     * @param key key with dots between its levels
     */
    public boolean gives(String key) {
        JsonNode value = given().at("/" + key.replace('.', '/'));
        return !value.isMissingNode() && !value.isNull();
    }

    /**
     * Merges the sources and binds the result.
     *
     * @throws UsageException naming the key that is unknown or whose value is out of its range
     */
    public LogitstreamConfig resolve() {
        ObjectNode given = BundledDefaults.withoutNullSources(given());
        ObjectNode tree = BundledDefaults.below(given);
        ConfigFile.merge(tree, commandDefaults.tree());
        ConfigFile.merge(tree, given);
        MixtureTree.complete(tree);
        leaveSamplesUntempered(tree);
        StudentInheritance.complete(tree, studentFlags.tree());
        return ConfigFile.bind(tree, LogitstreamConfig.class, "configuration");
    }

    // The counts of a sample are the target as they are, so that a student of samples admits no other temperature.
    private static void leaveSamplesUntempered(ObjectNode tree) {
        JsonNode loss = tree.path("loss");
        boolean sampled = tree.at("/selection/method").asText().equals(SelectionConfig.SAMPLED);
        if (sampled && (loss.isObject() || loss.isMissingNode() || loss.isNull()) && !loss.hasNonNull("temperature")) {
            tree.withObject("/loss").put("temperature", 1.0);
        }
    }

    private ObjectNode given() {
        ObjectNode given = file.deepCopy();
        ConfigFile.set(given, assignments);
        ConfigFile.merge(given, flags.tree());
        return given;
    }
}
