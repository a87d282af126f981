package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.logitstream.messages.UsageException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is run once with each seed.
 *
 * @param name unique in its plan, of letters, digits and {@code . _ = , -}: also part of a folder's name
 * @param choices value of each axis that it stands for, empty for a run of its own
 * @param settings the whole configuration chosen: base and what differs
 */
public record Variant(String name, Map<String, String> choices, ObjectNode settings) {
    /** Name of the variant without any choice. */
    public static final String BASE = "base";

    /**
     * The variants of a plan: of one axis at a time the base first; then, or for a grid, the axes' values; then the
     * plan's own runs.
     *
     * @throws UsageException when two have the same name
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
        SettingsTree.overlay(whole, over == null ? JsonNodeFactory.instance.objectNode() : over);
        return new Variant(newName.replaceAll("[^A-Za-z0-9._=,-]+", "-"), Map.of(), whole);
    }

    // The last part of a key where no other axis has the same.
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
                        "two variants of the plan are called " + variant.name + ": give one of runs another name");
            }
        }
    }
}
