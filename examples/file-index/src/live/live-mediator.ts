import { bootstrap, type Mediator } from "sluice";
import { IndexFolderHandler, type RunSettings } from "./index-folder-handler.js";
import { ListFoldersHandler } from "./list-folders-handler.js";
import { IndexFolder, ListFolders, SearchIndex } from "./messages.js";
import type { Root } from "./root.js";
import { SearchIndexHandler } from "./search-index-handler.js";

/** What the page can ask for. Each run has a mediator of its own beside it. */
export function createLiveMediator(root: Root, limit: number, settings: RunSettings): Mediator {
  return bootstrap({
    commandsMapper: (map) => map.bind(IndexFolder, new IndexFolderHandler(root, settings)),
    queriesMapper: (map) =>
      map
        .bind(ListFolders, new ListFoldersHandler(root, limit))
        .bind(SearchIndex, new SearchIndexHandler(root, settings.places.index)),
  });
}
