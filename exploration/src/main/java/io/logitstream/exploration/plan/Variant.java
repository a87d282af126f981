package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import io.logitstream.student.config.StudentConfig;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A variant: a configuration that runs once with each seed.
 *
 * @param name unique name in the plan, of letters, digits and {@code . _ = , -}; also part of folder names
 * @param choices value of each axis; empty for an additional run of the plan
 * @param settings base settings with the variant's own
 */
public record Variant(String name, Map<String, String> choices, ObjectNode settings) {
    /** Name of the variant that changes nothing. */
    public static final String BASE = "base";

    /**
     * Variants of a plan: the base first unless the mode is grid, then the values of the axes or their product, then
     * the plan's additional runs.
     *
     * @throws UsageException if two variants have the same name
     */
    public static List<Variant> of(ExplorationPlan plan) {
        List<Axis> axes = new ArrayList<>();
        plan.axes().forEach((name, values) -> axes.add(Axis.of(name, values)));
        Map<String, String> shortNames = shortNames(plan.axes().keySet());
        List<Variant> variants = new ArrayList<>();
        Variant base = new Variant(BASE, Map.of(), SettingsTree.expanded(plan.base()));
        if (plan.mode() == ExplorationPlan.Mode.ONE_AT_A_TIME && !axes.isEmpty()) {
            variants.add(base);
            axes.forEach(axis -> axis.choices().forEach(choice -> variants.add(base.with(axis, choice, shortNames))));
        } else if (!axes.isEmpty()) {
            List<Variant> products = List.of(base);
            for (Axis axis : axes) {
                products = products.stream()
                        .flatMap(variant ->
                                axis.choices().stream().map(choice -> variant.with(axis, choice, shortNames)))
                        .toList();
            }
            variants.addAll(products);
        }
        plan.runs().forEach((name, settings) -> variants.add(base.with(name, settings)));
        requireDistinct(variants);
        return variants;
    }

    private Variant with(Axis axis, Axis.Choice choice, Map<String, String> shortNames) {
        Map<String, String> all = new LinkedHashMap<>(choices);
        all.put(axis.name(), choice.label());
        String own = shortNames.get(axis.name()) + "=" + choice.label();
        Variant changed = with(choices.isEmpty() ? own : name + "," + own, choice.settings());
        return new Variant(changed.name, all, changed.settings);
    }

    private Variant with(String newName, ObjectNode over) {
        ObjectNode whole = settings.deepCopy();
        if (over != null) {
            ObjectNode own = SettingsTree.expanded(over);
            if (whole.get("student") instanceof ObjectNode student) {
                StudentConfig.makeRoom(student, own.path("student"));
            }
            SettingsTree.overlay(whole, over);
        }
        return new Variant(newName.replaceAll("[^A-Za-z0-9._=,-]+", "-"), Map.of(), whole);
    }

    // The last part of the key, unless another axis ends with the same.
    private static Map<String, String> shortNames(Set<String> axes) {
        Map<String, String> names = new LinkedHashMap<>();
        for (String axis : axes) {
            String last = last(axis);
            boolean alone =
                    axes.stream().filter(other -> last(other).equals(last)).count() == 1;
            names.put(axis, alone ? last : axis);
        }
        return names;
    }

    private static String last(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    private static void requireDistinct(List<Variant> variants) {
        Set<String> names = new HashSet<>();
        for (Variant variant : variants) {
            if (!names.add(variant.name)) {
                throw new UsageException(
                        "two variants of the plan are called " + variant.name + "; rename one of the plan's runs");
            }
        }
    }
}
