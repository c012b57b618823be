"""The passes from a graph to kernels with a place in memory for every buffer.

In order, with the functions that make them; not all run for a call, or for a step that is repeated::

    simplify      calculus.simplify                 step   no sub-expression twice
    legalise      legalise.legalise                        operations that have no loop of their own
    outer         outer.with_outer_products                sums of one term
    turning       turning.with_turned_products             products with the axes in the order that others use
                  layouts                           step   which matrices lie column after column
                  fusion.stored_nodes                      which values are stored
    lower         lower.lower                              the graph as kernels
    outputs       outputs.computed_in_place                outputs computed where the caller wants them
    accumulating  accumulating.added_in_place       call   sums of arrays that are mostly zero
    streaming     streaming.with_streams            call   large outputs written past the caches
    estimating    estimating.with_estimates         step   quotients by roots from estimates
    carrying      carrying.carried_in_panels        step   weights carried in the panels that products read
    panels        panels.read_in_blocks             step   minibatches read in blocks where they are copied
    inplace       inplace.overwriting               step   next values written over the last ones
    grouping      grouping.grouped                         loops made simpler and fewer
    storing       storing.stored_in_panels                 products that store in panels what others read so
    packing       packing.copied_on_the_way                products that copy a large operand themselves
    passing       passing.kept_by_blocks                   results of products kept for some rows at a time
    beginning     beginning.begun_with_terms               short sums begun with what is added to them
    zeros         zeros.begun_as_zeros              call   outputs that are given as zeros
    concurrent    concurrent.concurrent             step   what threads compute at the same time
                  memory.offsets_in_workspace              a place for every buffer

What a pass with a name has made is kept under it in a plan's ``passes``, and printed by ``ir(stage=name)``.

Others help: softmaxes, entropies and thresholds legalise; anew helps outer and fusion; access, bounds,
contractions, summing, arranging, decompositions and suspects help lower. What must lie in one order of memory
is found by meetings, on the graph for layouts, among kernels for carrying.
"""
